/**
 * A day of work, a lock, and the phone in the wrong hands: everything that the browser has on the disk is
 * searched for what must not be there.
 */

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Caller, openFile } from './support/api';
import { RealBrowser } from './support/browser';
import { plainPicture } from './support/content';
import { Device } from './support/device';
import { expect, test } from './support/fixtures';
import { expectEachOnce } from './support/journal';
import { changeProfile, fillNote, findClient, giveCredentials, noteSaying, saveButton, writeNote } from './support/people';
import { PIN, expectLocked, rawStore, typeNoPin } from './support/vault';

test.use({ suite: 'forensics' });
test.setTimeout(180_000);

/** Every file under a folder. */
function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesUnder(path);
    return entry.isFile() ? [path] : [];
  });
}

/** The ways in which a word may lie in bytes: plain, as UTF-16, and in base64 at each of its three places. */
function shapesOf(word: string): Buffer[] {
  const plain = [Buffer.from(word, 'utf8'), Buffer.from(word, 'utf16le'), Buffer.from(word.toUpperCase()), Buffer.from(word.toLowerCase())];
  const wide = Buffer.from(word, 'utf16le');
  const encoded = [Buffer.from(word), wide].flatMap((bytes) =>
    [0, 1, 2].flatMap((shift) => {
      // What stands before and after colours the first and the last characters: they are left out.
      const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').replace(/=+$/, '');
      const core = text.slice(shift === 0 ? 0 : shift + 1, -2);
      return core.length >= 8 ? [Buffer.from(core), Buffer.from(core.replaceAll('+', '-').replaceAll('/', '_'))] : [];
    }),
  );
  return [...plain, ...encoded];
}

/** Which files have which words. */
function found(folder: string, words: Record<string, string>): string[] {
  const shapes = Object.entries(words).map(([what, word]) => ({ what, bytes: shapesOf(word) }));
  return filesUnder(folder).flatMap((path) => {
    const content = readFileSync(path);
    return shapes.filter(({ bytes }) => bytes.some((shape) => content.includes(shape))).map(({ what }) => `${what} in ${path.slice(folder.length)}`);
  });
}

test('after a day of work and a lock the disk tells no name, no note, no date of birth, no school and no PIN', async ({ lignum }) => {
  const file = await openFile(lignum.origin, 'officer');
  const officer = await Caller.signIn(lignum.origin, 'officer');
  const sent = `He sat with Grandmother Icilda beside the standpipe, ${file.lastName}.`;
  const unsent = `Nobody answered at the zinc gate, ${file.lastName}.`;
  const draft = `Begun under the breadfruit tree, ${file.lastName}`;
  const student = { lastName: `Ottey${file.lastName.toLowerCase()}` };
  const [school] = await lignum.server.sql<{ name: string }>(
    `SELECT schools.name FROM schools JOIN clients ON clients.data -> 'profile' ->> 'school' = schools.id::text LIMIT 1`,
  );
  const words = {
    'the client’s family name': file.lastName,
    'the client’s name': file.fullName,
    'the note that was sent': 'Grandmother Icilda',
    'the note that waits': 'zinc gate',
    'the draft': 'breadfruit tree',
    'the student': student.lastName,
    'the change of the profile': 'Grade 11 Ebony',
    'the photo’s title': 'signed by Uncle Winston',
    'the date of birth': '2011-06-09',
    'the officer’s name': officer.user.name,
    'the school': school?.name ?? 'Sample High',
  };
  const browser = await RealBrowser.install();
  try {
    const phone = await Device.on(browser.context, lignum.proxy);
    const { page } = phone;
    await page.goto(`${lignum.origin}/sign-in`);
    await giveCredentials(page, 'officer');
    await phone.allSent();
    await phone.installed();
    await findClient(page, file.lastName, file.fullName);
    await writeNote(page, { narrative: sent });
    await page.getByRole('link', { name: 'Overview' }).click();
    await changeProfile(page, 'Grade or form', 'Grade 11 Ebony');
    await page.goto(`${lignum.origin}/refer`);
    // An intake that is begun and left: only a draft.
    await page.getByLabel('First name').fill('Kadeem');
    await page.getByLabel('Last name').fill(student.lastName);
    await expect(page.getByText('Draft kept')).toBeVisible();
    await page.goto(`${lignum.origin}/`);
    await expectEachOnce(lignum.server, [sent]);
    await phone.allSent();
    lignum.proxy.down();
    await findClient(page, file.lastName, file.fullName);
    await page.getByRole('link', { name: 'File', exact: true }).click();
    await page.getByRole('link', { name: 'Photo or signature' }).click();
    await page.getByLabel('Choose a picture').setInputFiles({ name: 'paper.png', mimeType: 'image/png', buffer: plainPicture() });
    await expect(page.getByRole('img', { name: 'The photo as it will be sent' })).toBeVisible();
    await page.getByLabel('What it shows').fill('Consent, signed by Uncle Winston');
    await saveButton(page).click();
    await expect(page.getByText('Consent, signed by Uncle Winston')).toBeVisible();
    await findClient(page, file.lastName, file.fullName);
    await writeNote(page, { narrative: unsent });
    await expect(noteSaying(page, unsent)).toContainText('saved on this phone');
    await page.getByRole('link', { name: 'Contact note' }).click();
    await fillNote(page, { narrative: draft });
    await expect(page.getByText('Draft kept')).toBeVisible();
    await typeNoPin(page);
    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await expectLocked(page);
    const { stores } = await rawStore(page, officer.user.id);
    expect(stores.outbox?.length, 'there is work on this phone').toBeGreaterThanOrEqual(3);
    expect(stores.sealed, 'the unsent note and the photo’s op have their envelopes').toHaveLength(2);
    expect(stores.contents, 'the photo lies here').toHaveLength(1);
    // A JPEG begins with these bytes, and so does its text in JSON.
    expect(stores.contents?.[0]?.[1]).not.toContain('"0":255,"1":216');
    expect(stores.drafts?.length).toBeGreaterThanOrEqual(1);
    for (const [store, values] of Object.entries(stores)) {
      for (const [key, value] of values) {
        const bytes = Buffer.from(value, 'base64').toString('latin1');
        for (const [what, word] of Object.entries({ ...words, 'the PIN': PIN })) {
          expect(bytes.includes(word), `${what} in ${store}`).toBe(false);
          expect(key.includes(word), `${what} in a key of ${store}`).toBe(false);
        }
      }
    }
    await browser.close();
    // The server's address and the demo's own page hold neither; and the search itself finds what is there.
    expect(found(browser.folder, { 'a known word': 'app-shell' }).length, 'the search finds what is on the disk').toBeGreaterThan(0);
    expect(found(browser.folder, words)).toEqual([]);
    const sizes = filesUnder(browser.folder).map((path) => statSync(path).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(500_000);
  } finally {
    lignum.proxy.up();
    await browser.dispose();
  }
});
