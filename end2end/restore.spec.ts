/** A server restored from last night's backup: phones offer again what they had sent since. */

import { join } from 'node:path';
import { Caller, openFile, rareName } from './support/api';
import { expect, test } from './support/fixtures';
import { expectEachOnce, expectJournalVerified, notesSaying } from './support/journal';
import { referStudent, signIn, signOut, writeNote } from './support/people';

test.use({ suite: 'restore' });

test('after a restore nothing is missing and nothing is doubled', async ({ lignum, device }) => {
  test.setTimeout(300_000);
  const { server, proxy } = lignum;
  const file = await openFile(lignum.origin, 'officer');
  const backup = join(server.dataDir, 'last-night.backup');
  const [before, since, unsent] = ['Before the backup', 'Since the backup', 'Not sent yet'].map((words) => `${words}, ${file.lastName}.`) as [string, string, string];
  const student = { firstName: 'Tavoy', lastName: rareName(), reason: 'He fights every week.' };

  const phone = await device();
  const schoolPhone = await device();
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await signIn(schoolPhone, 'counsellor');
  await writeNote(phone.page, { narrative: before });
  await phone.allSent();

  const saved = await server.cli(['backup', backup]);
  expect(saved.code, saved.stderr).toBe(0);

  await phone.page.goto(`/clients/${file.client}`);
  await writeNote(phone.page, { narrative: since });
  await phone.allSent();
  await referStudent(schoolPhone.page, student);
  await schoolPhone.allSent();
  await phone.offline();
  await phone.page.goto(`/clients/${file.client}`);
  await writeNote(phone.page, { narrative: unsent });
  await expectEachOnce(server, [before, since]);
  const epoch = (await caller(lignum.origin)).epoch;

  await server.stop();
  const restored = await server.cli(['restore', backup, '--yes']);
  expect(restored.code, restored.stderr).toBe(0);
  await server.launch();
  proxy.up();
  expect(await notesSaying(server, since), 'the restored server lacks what came since').toBe(0);
  expect((await caller(lignum.origin)).epoch, 'a restored server begins a new epoch').not.toBe(epoch);

  await phone.online();
  await expectEachOnce(server, [before, since, unsent]);
  await phone.allSent();
  await schoolPhone.page.reload();
  await expect(schoolPhone.page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await expect
    .poll(async () => (await server.sql(`SELECT 1 FROM referrals WHERE match_name = lower($1)`, [`${student.firstName} ${student.lastName}`])).length)
    .toBe(1);
  await expectEachOnce(server, [before, since, unsent]);
  await expectJournalVerified(server);
});

test('who signs out before a restore and signs in after it brings back what the server lacks', async ({ lignum, device }) => {
  test.setTimeout(300_000);
  const { server, proxy } = lignum;
  const file = await openFile(lignum.origin, 'officer');
  const backup = join(server.dataDir, 'before-lunch.backup');
  const since = `Since the backup, and signed out, ${file.lastName}.`;
  const phone = await device();
  await signIn(phone, 'officer', `/clients/${file.client}`);
  const saved = await server.cli(['backup', backup]);
  expect(saved.code, saved.stderr).toBe(0);
  await writeNote(phone.page, { narrative: since });
  await phone.allSent();
  await signOut(phone);

  await server.stop();
  const restored = await server.cli(['restore', backup, '--yes']);
  expect(restored.code, restored.stderr).toBe(0);
  await server.launch();
  proxy.up();
  expect(await notesSaying(server, since)).toBe(0);

  await signIn(phone, 'officer');
  await expectEachOnce(server, [since]);
  await expectJournalVerified(server);
});

async function caller(origin: string): Promise<Caller> {
  const officer = await Caller.signIn(origin, 'officer');
  await officer.sync();
  return officer;
}
