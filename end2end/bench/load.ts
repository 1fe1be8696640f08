/** Many devices at once, each sending notes as fast as it gets receipts. The load itself is kept light. */

import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { Caller, contactForm, openFiles, rareName } from '../support/api';
import type { LignumServer } from '../support/server';
import { newOfficer } from './caseload';

const OFFICERS = 8;
/** The server gives one person four places at a time. */
const DEVICES_EACH = 4;

interface Sender {
  cookie: string;
  device: string;
  client: string;
  seq: number;
}

export interface Sent {
  /** Ops with a receipt that says applied, per second. */
  rate: number;
  ops: number;
  devices: number;
  /** Requests that were told to come back. */
  turnedAway: number;
}

/** Devices of officers who are new here, each with a client's file of its own. */
export async function manyDevices(server: LignumServer): Promise<Sender[]> {
  const senders: Sender[] = [];
  for (let officer = 0; officer < OFFICERS; officer += 1) {
    const username = `load-${rareName().toLowerCase()}`;
    await newOfficer(server, username);
    const files = await openFiles(server.origin, username, Array.from({ length: DEVICES_EACH }, () => ['Kemar', rareName()]));
    for (const { client } of files) {
      const { cookie, device } = await Caller.signIn(server.origin, username);
      senders.push({ cookie, device, client, seq: 0 });
    }
  }
  return senders;
}

/** Sends from all devices for so many seconds, so many notes a request. */
export async function send(server: LignumServer, senders: Sender[], batch: number, seconds: number): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: senders.length });
  const form = JSON.stringify(contactForm('He was in class four of five days; the grandmother asks about bus fare and the welding programme.'));
  const begun = performance.now();
  const deadline = begun + seconds * 1000;
  let [ops, turnedAway] = [0, 0];
  await Promise.all(
    senders.map(async (sender) => {
      let cursor = 'null';
      while (performance.now() < deadline) {
        const notes = Array.from({ length: batch }, () => note(sender, form));
        const body = `{"v":1,"device":"${sender.device}","cursor":${cursor},"unsent":${batch},"ops":[${notes.join(',')}]}`;
        const { status, text } = await post(server, agent, sender.cookie, body);
        if (status !== 200) {
          if (![429, 503].includes(status)) throw new Error(`sync: ${status} ${text}`);
          turnedAway += 1;
          sender.seq -= batch;
          continue;
        }
        const answer = JSON.parse(text) as { cursor: string; receipts: { outcome: string }[] };
        cursor = JSON.stringify(answer.cursor);
        ops += answer.receipts.filter(({ outcome }) => outcome === 'applied').length;
      }
    }),
  );
  agent.destroy();
  return { rate: (ops * 1000) / (performance.now() - begun), ops, devices: senders.length, turnedAway };
}

function note(sender: Sender, form: string): string {
  sender.seq += 1;
  const now = new Date().toISOString();
  return `{"id":"${randomUUID()}","seq":${sender.seq},"subject":{"kind":"client","id":"${sender.client}"},"recorded_at":"${now}","body":{"do":"record-contact","note":"${randomUUID()}","form":${form}}}`;
}

function post(server: LignumServer, agent: Agent, cookie: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((done, fail) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), cookie };
    const asked = request(`${server.origin}/api/v1/sync`, { method: 'POST', agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => done({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      answer.on('error', fail);
    });
    asked.on('error', fail);
    asked.end(body);
  });
}
