/** How much memory the server takes, with nothing to do and with many devices at once. */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Caller, contactForm, openFile, type File } from '../support/api';
import type { LignumServer } from '../support/server';
import { newOfficer } from './caseload';
import type { Figure } from './table';

const OFFICERS = 16;
/** The server gives one person four places at a time. */
const DEVICES_EACH = 4;
const BATCH = 10;
const SECONDS = 10;

/** The resident memory of the server's process now, in MB; its Postgres is a program of its own. */
function resident(server: LignumServer): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

export function idleMemory(server: LignumServer): Figure {
  return { what: 'server memory, idle', value: resident(server), unit: 'MB', target: { most: 80 }, how: 'VmRSS of the server after its start; Postgres beside it' };
}

export async function loadedMemory(server: LignumServer): Promise<Figure> {
  const devices: { caller: Caller; file: File }[] = [];
  for (let officer = 0; officer < OFFICERS; officer += 1) {
    const username = `load${officer}`;
    await newOfficer(server, username);
    const file = await openFile(server.origin, username);
    for (let device = 0; device < DEVICES_EACH; device += 1) devices.push({ caller: await Caller.signIn(server.origin, username), file });
  }
  let peak = resident(server);
  const watch = setInterval(() => (peak = Math.max(peak, resident(server))), 50);
  const deadline = Date.now() + SECONDS * 1000;
  let [ops, turnedAway] = [0, 0];
  await Promise.all(
    devices.map(async ({ caller, file }) => {
      while (Date.now() < deadline) {
        const batch = Array.from({ length: BATCH }, () =>
          caller.op({ kind: 'client', id: file.client }, { do: 'record-contact', note: randomUUID(), form: contactForm('Under load.') }),
        );
        try {
          ops += (await caller.sync(batch)).receipts?.length ?? 0;
        } catch {
          turnedAway += 1;
        }
      }
    }),
  );
  clearInterval(watch);
  return {
    what: 'server memory, under load',
    value: peak,
    unit: 'MB',
    target: { most: 250 },
    how: `highest VmRSS while ${devices.length} devices sent ${BATCH} notes at a time for ${SECONDS} s (${Math.round(ops / SECONDS)} ops/s with this load generator, ${turnedAway} requests told to come back)`,
  };
}
