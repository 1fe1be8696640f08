/**
 * Nothing is lost: the ways in which other systems lose work, each one a test that fails when the
 * protection is taken out. (The restored backup has a server of its own: restore.spec.ts.)
 */

import { randomUUID } from 'node:crypto';
import { Caller, openFile, openFiles, rareName, referralForm, type File } from './support/api';
import type { Device } from './support/device';
import { expect, test, type Lignum } from './support/fixtures';
import { expectEachOnce, expectJournalVerified, journalOf, notesSaying, profileField } from './support/journal';
import { carriesOps, opsIn } from './support/network';
import {
  changeProfile, fillReferral, noteSaying, openReferral, signIn, signOut, writeNote,
} from './support/people';

test.use({ suite: 'no-lost-work' });
test.setTimeout(180_000);

/** An officer with one file of her own open on her phone. */
async function officerWithFile(lignum: Lignum, phone: Device): Promise<File> {
  const file = await openFile(lignum.origin, 'officer');
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await expect(phone.page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
  return file;
}

test('three edits offline, back to the first value: the server ends there and has all three', async ({ lignum, device }) => {
  const phone = await device();
  const file = await officerWithFile(lignum, phone);
  await phone.offline();
  for (const nickname of ['Biggs', 'Shorty', 'Biggs']) await changeProfile(phone.page, 'Nickname', nickname);
  await expect(phone.chip()).toContainText('3 saved on this phone');
  await phone.online();
  await phone.allSent();
  expect(await profileField(lignum.server, file.client, 'nickname')).toBe('Biggs');
  const edits = (await journalOf(lignum.server, file.client)).filter(({ kind }) => kind === 'edit-profile');
  expect(edits.map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

test('two decisions that read the same, on two referrals, both arrive', async ({ lignum, device }) => {
  const counsellor = await Caller.signIn(lignum.origin, 'counsellor');
  const names = [rareName(), rareName()];
  const referrals = await sendReferrals(counsellor, names);
  const tablet = await device('tablet');
  await signIn(tablet, 'supervisor');
  await tablet.offline();
  for (const name of names) {
    await openReferral(tablet.page, `Andre ${name}`);
    await tablet.page.getByRole('button', { name: 'Not eligible', exact: true }).click();
    const dialog = tablet.page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Older than the programme takes.');
    await dialog.getByRole('button', { name: 'Send decision' }).click();
    await expect(dialog).toBeHidden();
  }
  await expect(tablet.chip()).toContainText('2 saved on this phone');
  await tablet.online();
  await tablet.allSent();
  const states = await lignum.server.sql<{ state: string }>('SELECT state FROM referrals WHERE id = ANY ($1)', [referrals]);
  expect(states.map(({ state }) => state)).toEqual(['not-eligible', 'not-eligible']);
});

test('a failure for a moment in the middle of the queue leaves the order of a file as it was', async ({ lignum, device }) => {
  const phone = await device();
  const file = await officerWithFile(lignum, phone);
  await phone.offline();
  const nicknames = ['First', 'Second', 'Third', 'Fourth'];
  for (const nickname of nicknames) await changeProfile(phone.page, 'Nickname', nickname);
  let failures = 0;
  lignum.proxy.rule((passage) => {
    if (!carriesOps(passage)) return undefined;
    // One item a request, as a narrow gateway would have it; the second is turned away three times.
    if (opsIn(passage).length > 1) return { do: 'answer', status: 413 };
    const isSecond = passage.body.includes('"Second"') && !passage.body.includes('"Third"');
    if (isSecond && failures < 3) {
      failures += 1;
      return { do: 'answer', status: 503, headers: { 'retry-after': '1' } };
    }
    return undefined;
  });
  await phone.online();
  await phone.allSent();
  expect(failures).toBe(3);
  const edits = (await journalOf(lignum.server, file.client)).filter(({ kind }) => kind === 'edit-profile');
  expect(edits.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(await profileField(lignum.server, file.client, 'nickname')).toBe('Fourth');
});

test('a case handed over while the officer was offline: what she did before arrives', async ({ lignum, device }) => {
  const phone = await device();
  const file = await officerWithFile(lignum, phone);
  await phone.offline();
  const narrative = `Visited before the hand-over ${file.lastName}.`;
  await writeNote(phone.page, { narrative });
  await handOver(lignum, file);
  await phone.online();
  await expectEachOnce(lignum.server, [narrative]);
  await phone.allSent();
  await phone.page.goto('/clients');
  await phone.page.getByLabel('Search clients').fill(file.lastName);
  await expect(phone.page.getByText('Nobody found')).toBeVisible();
  await expectJournalVerified(lignum.server);
});

test('a case handed over while the officer was offline: what came after is refused in words, and can be read', async ({ lignum, device }) => {
  const phone = await device();
  const file = await officerWithFile(lignum, phone);
  await phone.offline();
  await handOver(lignum, file);
  const narrative = `Visited after the hand-over ${file.lastName}.`;
  await phone.page.getByRole('link', { name: 'Contact note' }).click();
  await phone.page.getByLabel('What happened').fill(narrative);
  // The clock on the form has no seconds: an hour later is surely after the hand-over.
  const later = new Date(Date.now() + 3_600_000 - 5 * 3_600_000).toISOString();
  await phone.page.getByLabel('Day', { exact: true }).fill(later.slice(0, 10));
  await phone.page.getByLabel('Time').fill(later.slice(11, 16));
  await phone.page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(phone.chip()).toContainText('1 saved on this phone');
  await phone.online();
  await expect(phone.chip()).toContainText('1 needs attention');
  await phone.chip().click();
  const item = phone.page.getByRole('listitem').filter({ hasText: 'passed to a colleague' });
  await item.getByText('What it says').click();
  await expect(item).toContainText(narrative);
  expect(await notesSaying(lignum.server, narrative)).toBe(0);
  await phone.reopen('/sync');
  await expect(phone.page.getByRole('main')).toContainText(narrative);
});

test('a case handed over while a note about it is being written: the words stay', async ({ lignum, device }) => {
  const phone = await device();
  const file = await officerWithFile(lignum, phone);
  await phone.page.getByRole('link', { name: 'Contact note' }).click();
  const narrative = `Half a sentence about ${file.lastName}`;
  await phone.page.getByLabel('What happened').fill(narrative);
  await handOver(lignum, file);
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  expect(await phone.files(user)).toContain(file.client);
  // What the browser says when a phone finds a network.
  await phone.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect.poll(() => phone.files(user)).not.toContain(file.client);
  // After one more exchange the screens have surely heard of the one before.
  const before = lignum.proxy.syncs.length;
  await phone.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect.poll(() => lignum.proxy.syncs.slice(before).some(({ status }) => status === 200)).toBe(true);
  await phone.allSent();
  await expect(phone.page.getByLabel('What happened')).toHaveValue(narrative);
});

test('three people on one tablet, each with unsent work: all of it arrives, each under its own name', async ({ lignum, device }) => {
  const tablet = await device('tablet');
  const [first, second] = [await openFile(lignum.origin, 'officer'), await openFile(lignum.origin, 'officer2')];
  const student = { firstName: 'Kemar', lastName: rareName(), reason: 'He asked for help himself.' };
  const notes = [`Officer one at ${first.lastName}.`, `Officer two at ${second.lastName}.`];
  await signIn(tablet, 'officer', `/clients/${first.client}`);
  const allow = lignum.proxy.rule((passage) => (carriesOps(passage) ? { do: 'cut-before' } : undefined));
  await writeNote(tablet.page, { narrative: notes[0] ?? '' });
  await signOut(tablet);
  await signIn(tablet, 'officer2', `/clients/${second.client}`);
  await writeNote(tablet.page, { narrative: notes[1] ?? '' });
  await signOut(tablet);
  await signIn(tablet, 'counsellor');
  await tablet.page.getByRole('link', { name: 'Refer a student' }).click();
  await fillReferral(tablet.page, student);
  await tablet.page.getByRole('button', { name: 'Send referral' }).click();
  await expect(tablet.chip()).toContainText('1 saved on this phone');
  await signOut(tablet);
  expect(await notesSaying(lignum.server, notes[0] ?? '')).toBe(0);
  allow();
  for (const account of ['officer2', 'counsellor', 'officer'] as const) {
    await signIn(tablet, account);
    await signOut(tablet);
  }
  await expectEachOnce(lignum.server, notes);
  const authors = await lignum.server.sql<{ username: string }>(
    `SELECT username FROM contact_notes JOIN users ON users.id = author_id
     WHERE data ->> 'narrative' = ANY ($1) ORDER BY username`,
    [notes],
  );
  expect(authors.map(({ username }) => username)).toEqual(['officer', 'officer2']);
  const referrals = await lignum.server.sql(`SELECT 1 FROM referrals WHERE match_name = lower($1)`, [`${student.firstName} ${student.lastName}`]);
  expect(referrals).toHaveLength(1);
});

test('the line is cut after the commit and before the reply: nothing is claimed, and nothing is doubled', async ({ lignum, device }) => {
  const phone = await device();
  const file = await officerWithFile(lignum, phone);
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  const narrative = `The reply got lost at ${file.lastName}.`;
  const allow = lignum.proxy.rule((passage) => (carriesOps(passage) ? { do: 'cut-after' } : undefined));
  const from = (await phone.chips()).length;
  await writeNote(phone.page, { narrative });
  await expectEachOnce(lignum.server, [narrative]);
  // Postgres has it, the phone has no receipt: so it must not say so.
  const queued = (await phone.outbox(user)).find(({ op }) => JSON.stringify(op.body).includes(narrative));
  expect(queued?.state.is).toBe('waiting');
  await expect(phone.chip()).toContainText('1 saved on this phone');
  await expect(noteSaying(phone.page, narrative)).toContainText('saved on this phone');
  expect((await phone.chips()).slice(from)).not.toContain('All sent');
  const tries = lignum.proxy.syncs.length;
  await phone.chip().click();
  await phone.page.getByRole('button', { name: 'Send now' }).click();
  await expect.poll(() => lignum.proxy.syncs.length).toBeGreaterThan(tries);
  expect((await phone.chips()).slice(from)).not.toContain('All sent');
  allow();
  await phone.page.getByRole('button', { name: 'Send now' }).click();
  await phone.allSent();
  expect(await notesSaying(lignum.server, narrative)).toBe(1);
  expect((await journalOf(lignum.server, file.client)).filter(({ kind }) => kind === 'record-contact')).toHaveLength(1);
  await expectJournalVerified(lignum.server);
});

test('one poisoned item among many: the others arrive, the one is named with a reason and can be mended', async ({ lignum, device }) => {
  const phone = await device();
  const files = await openFiles(lignum.origin, 'officer', [['Andre', rareName()], ['Shanice', rareName()]]);
  await signIn(phone, 'officer');
  // A rule that this app does not know yet, as after an update of the server.
  await lignum.server.sql(`ALTER TABLE contact_notes ADD CONSTRAINT no_poison CHECK (data ->> 'narrative' NOT LIKE '%poison%') NOT VALID`);
  await phone.offline();
  const narratives: string[] = [];
  for (const [at, file] of [...files, ...files, ...files].entries()) {
    await phone.page.goto(`/clients/${file.client}`);
    const narrative = `Number ${at} of ${file.lastName}${at === 2 ? ' with poison' : ''}.`;
    await writeNote(phone.page, { narrative });
    narratives.push(narrative);
  }
  await phone.online();
  await expect(phone.chip()).toContainText('1 needs attention');
  await expectEachOnce(lignum.server, narratives.filter((narrative) => !narrative.includes('poison')));
  // The item stays where it is, and what is written meanwhile goes past it.
  const later = `While one waits, ${files[1]?.lastName ?? ''}.`;
  await phone.page.goto(`/clients/${files[1]?.client ?? ''}`);
  await writeNote(phone.page, { narrative: later });
  await expectEachOnce(lignum.server, [later]);
  await expect(phone.chip()).toContainText('1 needs attention');
  await phone.chip().click();
  await expect(phone.page.getByRole('heading', { name: /Needs attention/ })).toBeVisible();
  await phone.page.getByRole('link', { name: 'Mend' }).click();
  await expect(phone.page.getByLabel('What happened')).toHaveValue(narratives[2] ?? '');
  const mended = `Mended for ${files[0]?.lastName ?? ''}.`;
  await phone.page.getByLabel('What happened').fill(mended);
  await phone.page.getByRole('button', { name: 'Save', exact: true }).click();
  await phone.allSent();
  await expectEachOnce(lignum.server, [mended]);
  await lignum.server.sql('ALTER TABLE contact_notes DROP CONSTRAINT no_poison');
  await expectJournalVerified(lignum.server);
});

/** Sends referrals of students who are all called Andre. */
async function sendReferrals(counsellor: Caller, lastNames: string[]): Promise<string[]> {
  const ids = lastNames.map(() => randomUUID());
  await counsellor.apply(
    lastNames.map((lastName, at) =>
      counsellor.op({ kind: 'referral', id: ids[at] ?? '' }, { do: 'send-referral', form: referralForm('Andre', lastName) }),
    ),
  );
  return ids;
}

/** The supervisor hands the case to the other officer. */
async function handOver(lignum: Lignum, file: File): Promise<void> {
  const [supervisor, other] = await Promise.all([
    Caller.signIn(lignum.origin, 'supervisor'),
    Caller.signIn(lignum.origin, 'officer2'),
  ]);
  await supervisor.apply([
    supervisor.op({ kind: 'client', id: file.client }, { do: 'transfer', officer: other.user.id, reason: 'Nearer to the home.' }),
  ]);
}
