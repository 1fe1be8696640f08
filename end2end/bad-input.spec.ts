/** What people and phones do wrong: a clear word at the right place, and nothing lost. */

import { Caller, openFile, openFiles, rareName } from './support/api';
import { expect, test } from './support/fixtures';
import { expectEachOnce, notesSaying } from './support/journal';
import { fillNote, findClient, noteSaying, openCase, referStudent, saveButton, signIn, writeNote } from './support/people';
import { giveRoom, takeRoom } from './support/room';
import { shiftClock } from './support/watch';

test.use({ suite: 'bad-input' });
test.setTimeout(180_000);

test('a full phone says so, keeps the words and everything from before, and saves when there is room', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  const earlier = `Before the phone was full, ${file.lastName}.`;
  const narrative = `The phone is full, ${file.lastName}. `.padEnd(15_000, 'x');
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await writeNote(phone.page, { narrative: earlier });
  await phone.allSent();
  await phone.offline();
  await phone.page.goto(`/record/${file.client}`);
  await expect(saveButton(phone.page)).toBeVisible();
  const full = await takeRoom(phone.page);
  await fillNote(phone.page, { narrative });
  await saveButton(phone.page).click();
  await expect(phone.page.getByRole('alert')).toContainText('This phone is full');
  await expect(phone.page.getByLabel('What happened')).toHaveValue(narrative);
  await expect(phone.chip()).toContainText('All sent');
  await giveRoom(full, phone.page);
  await saveButton(phone.page).click();
  await expect(noteSaying(phone.page, narrative)).toContainText('saved on this phone');
  await expect(noteSaying(phone.page, earlier)).toBeVisible();
  await phone.online();
  await expectEachOnce(lignum.server, [earlier, narrative]);
});

for (const days of [-9, 9]) {
  test(`a clock that is ${days} days off: the note arrives, and the person is told`, async ({ lignum, device }) => {
    const phone = await device();
    await shiftClock(phone.context, days);
    const file = await openFile(lignum.origin, 'officer');
    const narrative = `By a wrong clock, ${file.lastName}.`;
    await signIn(phone, 'officer', `/clients/${file.client}`);
    await writeNote(phone.page, { narrative });
    await phone.allSent();
    await expectEachOnce(lignum.server, [narrative]);
    await phone.chip().click();
    await expect(phone.page.getByRole('main')).toContainText(/clock is about [89] days (ahead|behind)/);
  });
}

test('a clock that is months ahead: the note is refused in words, and stays readable', async ({ lignum, device }) => {
  const file = await openFile(lignum.origin, 'officer');
  const narrative = `By a clock from next year, ${file.lastName}.`;
  const wrong = await device();
  await shiftClock(wrong.context, 200);
  await signIn(wrong, 'officer', `/clients/${file.client}`);
  await writeNote(wrong.page, { narrative });
  await expect(wrong.chip()).toContainText('1 needs attention');
  await wrong.chip().click();
  const item = wrong.page.getByRole('listitem').filter({ hasText: 'clock' });
  await item.getByText('What it says').click();
  await expect(item).toContainText(narrative);
  expect(await notesSaying(lignum.server, narrative)).toBe(0);
});

test('200 kB of text: a word at the field, the text stays, nothing is queued', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  const narrative = 'a'.repeat(200_000);
  await signIn(phone, 'officer', `/record/${file.client}`);
  await fillNote(phone.page, { narrative });
  await saveButton(phone.page).click();
  const field = phone.page.getByLabel('What happened');
  await expect(field).toBeFocused();
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(field).toHaveAccessibleDescription(/too long: 200000 characters, at most 20000/);
  await expect(field).toHaveValue(narrative);
  expect(await phone.outbox(user)).toHaveLength(0);
  // What was refused goes on being kept as a draft while it is being mended.
  const shorter = `Shortened, ${file.lastName}.`;
  await field.fill(shorter);
  await expect(phone.page.getByText('Draft kept')).toBeVisible();
  await phone.reopen(`/record/${file.client}`);
  await expect(phone.page.getByLabel('What happened')).toHaveValue(shorter);
  await saveButton(phone.page).click();
  await expectEachOnce(lignum.server, [shorter]);
});

test('HTML in a note is text on every screen', async ({ lignum, device }) => {
  const phone = await device();
  const tablet = await device('tablet');
  const file = await openFile(lignum.origin, 'officer');
  const narrative = `<img src=x onerror="window.pwned=1"><b>bold</b> </textarea><script>window.pwned=1</script> ${file.lastName}`;
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await writeNote(phone.page, { narrative, nextAction: '<i>call</i> & "ask"' });
  await phone.allSent();
  await signIn(tablet, 'supervisor');
  await openCase(tablet.page, file.lastName, file.fullName);
  for (const page of [phone.page, tablet.page]) {
    await expect(page.getByText(narrative)).toBeVisible();
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    expect(await page.locator('main img[src=x], main b, main i').count()).toBe(0);
  }
});

test('emoji, accents and combining characters in names, from the form to the search', async ({ lignum, device }) => {
  const phone = await device();
  const tail = rareName();
  const students = [
    { firstName: 'Zoe\u0308', lastName: `${tail}-Núñez`, reason: 'Combining characters.' },
    { firstName: 'Kemar 👨🏾‍🦱', lastName: `O’${tail}`, reason: 'Emoji 👍🏿 and an apostrophe.' },
  ];
  await signIn(phone, 'counsellor');
  for (const student of students) await referStudent(phone.page, student);
  await phone.allSent();
  const [opened] = await openFiles(lignum.origin, 'officer', [['Añaí 🌺', `${tail}elle`]]);
  const officer = await device();
  await signIn(officer, 'officer');
  await findClient(officer.page, `anai ${tail}elle`, opened?.fullName ?? '');
  for (const { firstName, lastName } of students) {
    const rows = await lignum.server.sql(
      `SELECT 1 FROM referrals WHERE data #>> '{particulars,profile,first_name}' = $1 AND data #>> '{particulars,profile,last_name}' = $2`,
      [firstName, lastName],
    );
    expect(rows).toHaveLength(1);
  }
});
