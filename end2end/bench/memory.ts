/** How much memory the server takes, with nothing to do and with many devices at once. */

import { readFileSync } from 'node:fs';
import type { LignumServer } from '../support/server';
import { manyDevices, send } from './load';
import type { Figure } from './table';

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
  const devices = await manyDevices(server);
  let peak = resident(server);
  const watch = setInterval(() => (peak = Math.max(peak, resident(server))), 50);
  const sent = await send(server, devices, BATCH, SECONDS);
  clearInterval(watch);
  return {
    what: 'server memory, under load',
    value: peak,
    unit: 'MB',
    target: { most: 250 },
    how: `highest VmRSS while ${sent.devices} devices sent ${BATCH} notes at a time for ${SECONDS} s (${Math.round(sent.rate)} ops/s)`,
  };
}
