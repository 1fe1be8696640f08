/** Ops with receipts from many devices, beside what pgbench inserts of the same rows in the same batches. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { POSTGRES_BIN } from '../support/places';
import type { LignumServer } from '../support/server';
import { manyDevices, send, type Sent } from './load';
import type { Figure } from './table';

const SECONDS = 10;
const BATCHES = [1, 10];

export async function opsBesidePgbench(server: LignumServer): Promise<Figure[]> {
  const [{ fsync } = { fsync: '?' }] = await server.sql<{ fsync: string }>('SHOW fsync');
  const devices = await manyDevices(server);
  // The server, the database and the load warm up.
  await send(server, devices, 10, 3);
  // First all that is sent: what pgbench inserts would go out to the devices with their next answers.
  const sent: Sent[] = [];
  for (const batch of BATCHES) sent.push(await send(server, devices, batch, SECONDS));
  const figures: Figure[] = [];
  for (const [at, batch] of BATCHES.entries()) {
    const { rate, turnedAway } = sent[at]!;
    const times = batch === 1 ? 'one a request' : `${batch} a request`;
    figures.push({
      what: `ops with receipts, ${times}`,
      value: rate,
      unit: 'ops/s',
      ...(batch > 1 ? { target: { least: 3000 } } : {}),
      how: `${devices.length} devices for ${SECONDS} s, fsync ${fsync}; ${turnedAway} requests told to come back`,
    });
    const writings: Writing[] = batch === 1 ? ['a statement each'] : ['a statement each', 'one statement for all'];
    for (const writing of writings) {
      const rows = await pgbench(server, batch, devices.length, writing);
      const part: Figure = { what: `ops as a part of that, ${times}`, value: (rate / rows) * 100, unit: '%', how: 'the first by the one above' };
      figures.push(
        { what: `pgbench, the same rows, ${times.replace('request', 'transaction')}, ${writing}`, value: rows, unit: 'ops/s', how: `${devices.length} clients, prepared statements, the same tables of the same Postgres` },
        batch > 1 && writing === 'a statement each' ? { ...part, target: { least: 50 } } : part,
      );
    }
  }
  return figures;
}

type Writing = 'a statement each' | 'one statement for all';

/** What a sync of so many notes writes, and nothing else: journal entries, notes, the head of their file. */
function script(batch: number, writing: Writing): string {
  const insert = (rows: number): string => {
    // The texts travel with every transaction, as they do from the server.
    const sent = (what: string): string => `unnest(ARRAY[${Array.from({ length: rows }, () => `:${what}`).join(', ')}]::text[]) AS sent (text)`;
    return `INSERT INTO contact_notes (id, client_id, region_id, author_id, kind, happened_at, recorded_at, received_at, data)
  SELECT gen_random_uuid(), client_id, region_id, author_id, note_kind, happened_at, recorded_at, now(), sent.text::jsonb
  FROM bench_rows, ${sent('data')} WHERE place = :place;
INSERT INTO journal (op_id, subject_id, region_id, actor_id, device_id, seq, kind, received_at, entry, previous, hash)
  SELECT gen_random_uuid(), client_id, region_id, author_id, device_id, seq, kind, now(), sent.text, previous, hash
  FROM bench_rows, ${sent('entry')} WHERE place = :place;
`;
  };
  const inserts = writing === 'a statement each' ? insert(1).repeat(batch) : insert(batch);
  return `\\set place :client_id + 1
BEGIN;
${inserts}UPDATE subjects SET changed = pg_current_xact_id(), last_contact_at = now()
  , head_position = (SELECT max(position) FROM journal WHERE subject_id = bench_rows.client_id)
FROM bench_rows WHERE subjects.id = bench_rows.client_id AND place = :place;
COMMIT;
`;
}

async function pgbench(server: LignumServer, batch: number, clients: number, writing: Writing): Promise<number> {
  // Rows that the server has just written, one for each client of pgbench.
  await server.sql('DROP TABLE IF EXISTS bench_rows');
  await server.sql(
    `CREATE TABLE bench_rows AS
     SELECT row_number() OVER () AS place, found.* FROM (
       SELECT DISTINCT ON (n.client_id) n.client_id, n.region_id, n.author_id, n.kind AS note_kind, n.happened_at, n.recorded_at, n.data
            , j.device_id, j.seq, j.kind, j.entry, j.previous, j.hash
       FROM contact_notes n JOIN journal j ON j.subject_id = n.client_id AND j.kind = 'record-contact'
       WHERE n.recorded_at > now() - interval '5 minutes' LIMIT $1) AS found`.replace('$1', String(clients)),
  );
  await server.sql('ANALYZE bench_rows');
  const [row] = await server.sql<{ entry: string; data: string }>('SELECT entry, data::text AS data FROM bench_rows LIMIT 1');
  const [{ found } = { found: 0 }] = await server.sql<{ found: number }>('SELECT count(*)::int AS found FROM bench_rows');
  if (found !== clients) throw new Error(`${found} rows for ${clients} clients of pgbench`);
  const folder = mkdtempSync(join(tmpdir(), 'lignum-pgbench-'));
  try {
    const file = join(folder, 'batch.sql');
    writeFileSync(file, script(batch, writing));
    const words = [`--define=entry=${row?.entry ?? ''}`, `--define=data=${row?.data ?? ''}`, '--no-vacuum', '--protocol=prepared', `--client=${clients}`, '--jobs=2', `--time=${SECONDS}`, `--file=${file}`, '--host', server.socket, '--username=lignum', 'lignum'];
    const child = spawn(join(POSTGRES_BIN, 'pgbench'), words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [said, wrong] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (wrong += chunk.toString()));
    await new Promise((done, fail) => child.once('error', fail).once('close', done));
    const transactions = Number(/tps = ([\d.]+)/.exec(said)?.[1]);
    if (!Number.isFinite(transactions)) throw new Error(`pgbench: ${wrong.split('\n')[0] ?? ''}`);
    return transactions * batch;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await server.sql('DROP TABLE bench_rows');
  }
}
