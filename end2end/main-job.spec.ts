/**
 * The main job, by three people on three devices: a counsellor refers a student, a supervisor accepts and
 * assigns, a case officer finds the client, loses the network, makes a home visit and writes it down; and
 * the note is in Postgres and on the supervisor's tablet soon after the phone is back.
 */

import { rareName } from './support/api';
import { expect, test } from './support/fixtures';
import { expectJournalVerified, notesSaying } from './support/journal';
import {
  acceptAndAssign, fillNote, findClient, noteSaying, openCase, referStudent, saveButton, signIn,
} from './support/people';

test.use({ suite: 'main-job' });

test('from a referral to a home-visit note in Postgres, with no network in between', async ({ lignum, device }) => {
  test.setTimeout(240_000);
  const { server, proxy } = lignum;
  const student = { firstName: 'Andre', lastName: rareName(), reason: 'Absent for three weeks; threats at the gate.' };
  const fullName = `${student.firstName} ${student.lastName}`;
  const narrative = `Grandmother of ${fullName} present. He wants to try the welding programme.`;

  const counsellor = await device('phone');
  const supervisor = await device('tablet');
  const officer = await device('phone');

  await test.step('the counsellor refers the student', async () => {
    await signIn(counsellor, 'counsellor');
    await referStudent(counsellor.page, student);
    await counsellor.allSent();
  });

  await test.step('the supervisor sees it, accepts it and assigns it', async () => {
    await signIn(supervisor, 'supervisor');
    await acceptAndAssign(supervisor.page, fullName, 'officer', server);
    await supervisor.allSent();
  });

  await test.step('the counsellor sees that it is assigned, and no more', async () => {
    await counsellor.page.reload();
    await counsellor.allSent();
    const row = counsellor.page.getByRole('link', { name: new RegExp(`^${fullName}`) });
    // What is decided moves down the list: wait for it, so that the tap does not land on its neighbour.
    await expect(row).toContainText('Assigned');
    await row.click();
    await expect(counsellor.page.getByRole('main')).toContainText('Assigned');
    await expect(counsellor.page.getByRole('main')).not.toContainText(/risk level|high risk|medium risk|low risk/i);
  });

  const file = await test.step('the officer finds the client on her phone', async () => {
    await signIn(officer, 'officer');
    await findClient(officer.page, student.lastName, fullName);
    return new URL(officer.page.url()).pathname;
  });

  await test.step('no network and no server: the app starts cold, at the address of the file', async () => {
    await officer.offline();
    proxy.down();
    await server.stop();
    await officer.reopen(file);
    await expect(officer.page.getByRole('heading', { level: 1, name: fullName })).toBeVisible();
  });

  await test.step('she writes down the visit, and is told that it is saved on this phone', async () => {
    await officer.page.getByRole('link', { name: 'Contact note' }).click();
    await fillNote(officer.page, { narrative, kind: 'Home visit', nextAction: 'Call the training centre' });
    await saveButton(officer.page).click();
    await expect(noteSaying(officer.page, narrative)).toContainText('saved on this phone');
    await expect(officer.chip()).toContainText('1 saved on this phone');
    await officer.reopen(`${file}/notes`);
    await expect(noteSaying(officer.page, narrative)).toContainText('saved on this phone');
  });

  await test.step('the phone is back, and the note is in Postgres exactly once', async () => {
    await server.launch();
    proxy.up();
    await officer.online();
    await officer.allSent();
    await expect(noteSaying(officer.page, narrative)).toContainText('received');
    expect(await notesSaying(server, narrative)).toBe(1);
  });

  await test.step('the supervisor reads it', async () => {
    await openCase(supervisor.page, student.lastName, fullName);
    await expect(supervisor.page.getByRole('main')).toContainText(narrative);
  });

  await expectJournalVerified(server);
  for (const { complaints } of [counsellor, supervisor, officer]) expect(complaints).toEqual([]);
});
