/** The caseloads that the app is designed for, sent through the front door as devices would send them. */

import { randomUUID } from 'node:crypto';
import { Caller, contactForm, jamaicaDay, openFiles, rareName, type File } from '../support/api';
import type { LignumServer } from '../support/server';

const FIRST_NAMES = ['Andre', 'Kemar', 'Shanice', 'Dwayne', 'Orane', 'Tavoy', 'Keisha', 'Jevaughn', 'Romario', 'Tashana'];
const WORDS = 'He was in class four of five days and wants to try the welding programme; the grandmother asks about bus fare. '.repeat(2);

/** Gives an officer so many clients, the last of them closed, with so many notes in all. */
export async function giveCaseload(server: LignumServer, officer: string, size: { active: number; closed: number; notes: number }): Promise<File[]> {
  const count = size.active + size.closed;
  const names = Array.from({ length: count }, (_, at): [string, string] => [FIRST_NAMES[at % FIRST_NAMES.length] ?? '', rareName()]);
  const files = await openFiles(server.origin, officer, names);
  if (size.notes > 0) {
    const caller = await Caller.signIn(server.origin, officer);
    await caller.apply(
      Array.from({ length: size.notes }, (_, at) => {
        const file = files[at % count] as File;
        const form = { ...contactForm(`${WORDS}Visit ${at}.`), day: jamaicaDay(-1 - Math.floor(at / count)) };
        return caller.op({ kind: 'client', id: file.client }, { do: 'record-contact', note: randomUUID(), form });
      }),
    );
  }
  // There is no op yet that closes a case: in this release only imported ones are closed.
  const closed = files.slice(size.active).map(({ client }) => client);
  await server.sql(
    `UPDATE clients SET status = 'closed', data = jsonb_set(data, '{case,status}', jsonb_build_object('is', 'closed', 'reason', 'Goals achieved', 'at', now()))
     WHERE id = ANY ($1)`,
    [closed],
  );
  await server.sql('UPDATE subjects SET changed = pg_current_xact_id() WHERE id = ANY ($1)', [closed]);
  return files;
}

/** An officer with nothing yet; fictional, with the demo's password. */
export async function newOfficer(server: LignumServer, username: string): Promise<void> {
  await server.sql(
    `INSERT INTO users (id, username, name, role, region_id, password_hash, demo)
     SELECT gen_random_uuid(), $1, $2, role, region_id, password_hash, true FROM users WHERE username = 'officer'`,
    [username, `Officer ${username}`],
  );
}
