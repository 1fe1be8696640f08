/** What Postgres holds in the end: the tests' last word. */

import { expect } from '@playwright/test';
import type { LignumServer } from './server';

/** How many notes of a client say so, originals only. */
export async function notesSaying(server: LignumServer, narrative: string): Promise<number> {
  const [row] = await server.sql<{ count: string }>(
    `SELECT count(*) FROM contact_notes WHERE data ->> 'narrative' = $1`,
    [narrative],
  );
  return Number(row?.count);
}

/** Waits until each text is one note, and stays one. */
export async function expectEachOnce(server: LignumServer, narratives: string[]): Promise<void> {
  await expect
    .poll(async () => Promise.all(narratives.map((narrative) => notesSaying(server, narrative))), {
      message: `each note is in Postgres once: ${narratives.join(' | ')}`,
      timeout: 30_000,
    })
    .toEqual(narratives.map(() => 1));
}

/** One field of a client's profile as the server has it. */
export async function profileField(server: LignumServer, client: string, field: string): Promise<string | null> {
  const [row] = await server.sql<{ value: string | null }>(
    `SELECT data -> 'profile' ->> $2 AS value FROM clients WHERE id = $1`,
    [client, field],
  );
  return row?.value ?? null;
}

/** The ops on a file in the order of the journal: what was done, and the device's own count. */
export async function journalOf(server: LignumServer, subject: string): Promise<{ kind: string; seq: number; op: string }[]> {
  const rows = await server.sql<{ kind: string; seq: string; op_id: string }>(
    `SELECT kind, seq, op_id FROM journal WHERE subject_id = $1 ORDER BY position`,
    [subject],
  );
  return rows.map(({ kind, seq, op_id }) => ({ kind, seq: Number(seq), op: op_id }));
}

/** The server's own proof that nothing was changed, removed or slipped in. */
export async function expectJournalVerified(server: LignumServer): Promise<void> {
  const { code, stdout, stderr } = await server.cli(['verify-journal']);
  expect(code, `verify-journal: ${stdout}${stderr}`).toBe(0);
}
