/** A scene in which every screen has something to show: files, a conflict, promises, referrals in every state. */

import { randomUUID } from 'node:crypto';
import { Caller, contactForm, jamaicaDay, openFile, rareName, referralForm, type File } from './api';
import { attachPicture } from './content';
import type { Lignum } from './fixtures';

export interface Scene {
  file: File;
  /** Waits for a decision. */
  open: string;
  /** The supervisor asked something. */
  asked: string;
  declined: string;
  elsewhere: string;
}

/** Sets the scene; every name in it is rare, so that it can be found. */
export async function setScene(lignum: Lignum): Promise<Scene> {
  const { origin, server } = lignum;
  const file = await openFile(origin, 'officer');
  const [counsellor, supervisor, officer] = await Promise.all([
    Caller.signIn(origin, 'counsellor'),
    Caller.signIn(origin, 'supervisor'),
    Caller.signIn(origin, 'officer'),
  ]);
  const [open, asked, declined, elsewhere] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const names: [string, string][] = [['Kemar', open], ['Shanice', asked], ['Dwayne', declined], ['Orane', elsewhere]];
  await counsellor.apply(
    names.map(([firstName, id]) =>
      counsellor.op({ kind: 'referral', id }, { do: 'send-referral', form: referralForm(firstName, rareName()) }),
    ),
  );
  const decide = (id: string, body: { do: string } & Record<string, unknown>) => supervisor.op({ kind: 'referral', id }, body);
  await supervisor.apply([
    decide(asked, { do: 'ask-information', question: 'Who lives in the home, and who can be reached by telephone?' }),
    decide(declined, { do: 'declare-not-eligible', reason: 'Older than the programme takes.' }),
    decide(elsewhere, { do: 'refer-elsewhere', to: 'Child Guidance Clinic', reason: 'Grief, no risk of violence.' }),
  ]);
  const subject = { kind: 'client', id: file.client } as const;
  const promised = { ...contactForm('Grandmother present. He wants to try the welding programme.'), next_action: 'Call the training centre', next_action_due: jamaicaDay(2) };
  const note = randomUUID();
  await officer.apply([
    officer.op(subject, { do: 'record-contact', note, form: promised }),
    officer.op(subject, { do: 'record-contact', note: randomUUID(), form: { ...contactForm('Nobody came to the gate.'), reached: 'not-home', kind: 'school-visit' } }),
    officer.op(subject, { do: 'amend-contact', note, narrative: 'It was the aunt, not the grandmother.' }),
    officer.op(subject, { do: 'edit-profile', edits: [{ field: 'nickname', from: '', to: 'Biggs' }] }),
  ]);
  await attachPicture(officer, file.client, 'Consent form, page 1');
  await supervisor.apply([
    supervisor.op(subject, { do: 'edit-profile', edits: [{ field: 'nickname', from: '', to: 'Shorty' }] }),
  ]);
  // An officer whose first day it is: every list is empty.
  await server.sql(
    `INSERT INTO users (id, username, name, role, region_id, password_hash, demo)
     SELECT gen_random_uuid(), 'newcomer', 'Nadine New', role, region_id, password_hash, true FROM users WHERE username = 'officer'
     ON CONFLICT DO NOTHING`,
  );
  return { file, open, asked, declined, elsewhere };
}
