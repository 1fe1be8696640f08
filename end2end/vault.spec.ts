/**
 * The vault: what lies on a phone tells nothing without the PIN, and what waits on a locked phone is still sent.
 */

import type { Page } from '@playwright/test';
import { Caller, openFile, openFiles, rareName } from './support/api';
import { expect, test } from './support/fixtures';
import { expectEachOnce, expectJournalVerified, notesSaying } from './support/journal';
import { fillNote, giveCredentials, noteSaying, saveButton, signIn, writeNote } from './support/people';
import { PIN, dataKey, expectLocked, openValue, rawStore, tryPin, typeNoPin } from './support/vault';

test.use({ suite: 'vault' });
test.setTimeout(120_000);

/**
 * The page's clock is so many minutes ahead from now on; its timers go on. For a device whose clock was taken in
 * hand before its first page: it stands at 1970 for a moment while that is done.
 */
async function minutesLater(page: Page, minutes: number): Promise<void> {
  await page.clock.setFixedTime(Date.now() + minutes * 60_000);
}

test('a PIN is chosen at the first sign-in: weak ones are refused at the field, the good one opens without a network', async ({ lignum, device }) => {
  const file = await openFile(lignum.origin, 'officer');
  const phone = await device();
  const { page } = phone;
  await typeNoPin(page);
  await page.goto('/sign-in');
  await giveCredentials(page, 'officer');
  await expect(page.getByRole('heading', { level: 1, name: 'Choose a PIN' })).toBeVisible();
  const [first, again] = [page.getByLabel('PIN', { exact: true }), page.getByLabel('PIN once more')];
  await expect(first).toBeFocused();
  await expect(first).toHaveAttribute('inputmode', 'numeric');
  const keep = page.getByRole('button', { name: 'Keep this PIN' });
  const weak = [
    ['12345', 'at least 6 digits'],
    ['777777', 'repeats itself'],
    ['123456', 'counts up or down'],
    ['041987', 'has a year in it'],
  ];
  for (const [pin = '', words = ''] of weak) {
    await first.fill(pin);
    await again.fill(pin);
    await keep.click();
    await expect(page.locator('#pin-error')).toContainText(words);
    await expect(first).toBeFocused();
  }
  await first.fill(PIN);
  await again.fill('830418');
  await keep.click();
  await expect(page.locator('#pin-again-error')).toContainText('not the same');
  await again.fill(PIN);
  await keep.click();
  await phone.allSent();
  await phone.installed();

  await phone.offline();
  await page.goto(`/clients/${file.client}`);
  await expectLocked(page);
  await expect(page).toHaveTitle(/^Locked/);
  await expect(page.locator('body')).not.toContainText(file.lastName);
  await tryPin(page, '830418');
  await expect(page.locator('#pin-error')).toContainText('not the PIN');
  await tryPin(page, PIN);
  await expect(page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
});

test('locking keeps the word that was just typed, and unlocking brings one back to it', async ({ lignum, device }) => {
  const phone = await device();
  const { page } = phone;
  const file = await openFile(lignum.origin, 'officer');
  await signIn(phone, 'officer', `/record/${file.client}`);
  await fillNote(page, { narrative: 'The grandmother said' });
  await typeNoPin(page);
  await page.getByLabel('What happened').pressSequentially(' that he sleeps');
  await page.getByRole('button', { name: 'Lock', exact: true }).click();
  await expectLocked(page);
  await tryPin(page, PIN);
  await expect(page.getByLabel('What happened')).toHaveValue('The grandmother said that he sleeps');
  await expect(page).toHaveURL(new RegExp(`/record/${file.client}$`));
});

test('the app locks by itself when nobody touches it, in every tab, also without a network', async ({ lignum, device }) => {
  const phone = await device();
  await phone.context.clock.install();
  await signIn(phone, 'officer', '/clients');
  const other = await phone.newTab();
  await other.goto(`${lignum.origin}/`);
  await phone.allSent(other);
  await typeNoPin(phone.page);
  await typeNoPin(other);
  await phone.offline();
  await minutesLater(phone.page, 4);
  await phone.page.waitForTimeout(1500);
  await expect(phone.page.getByLabel('Search clients')).toBeVisible();
  await minutesLater(phone.page, 6);
  await expectLocked(phone.page);
  await expectLocked(other);
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  expect((await rawStore(phone.page, user)).header).toBeDefined();
});

test('somebody is looking: one tap covers the screen, another shows it as it was', async ({ lignum, device }) => {
  const phone = await device();
  const { page } = phone;
  const file = await openFile(lignum.origin, 'officer');
  await signIn(phone, 'officer', `/record/${file.client}`);
  await fillNote(page, { narrative: 'Half a sentence' });
  await page.getByRole('button', { name: 'Cover the screen' }).click();
  await expect(page.getByRole('button', { name: 'Show my work' })).toBeFocused();
  await expect(page.getByText(file.lastName)).toBeHidden();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeHidden();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('What happened')).toHaveValue('Half a sentence');
});

/** Until the key is destroyed; each try waits longer than the last. */
async function tenWrongPins(page: Page): Promise<void> {
  for (let wrong = 1; wrong <= 9; wrong += 1) {
    await tryPin(page, '111222');
    await expect(page.locator('#pin-error')).toContainText('not the PIN');
    if (wrong >= 3) {
      await expect(page.getByRole('button', { name: /^Wait / })).toBeDisabled();
      // Not even killing the app makes the pause shorter.
      if (wrong === 4) {
        await page.reload();
        await expect(page.getByRole('button', { name: /^Wait / })).toBeDisabled();
      }
      await minutesLater(page, wrong * 11);
    }
    await expect(page.getByRole('button', { name: 'Unlock', exact: true })).toBeEnabled();
  }
  await expect(page.locator('#pin-error')).toContainText('One try is left');
  await tryPin(page, '111222');
}

test('ten wrong PINs, each later than the last: the key is destroyed, and what was not sent arrives all the same', async ({ lignum, device }) => {
  const phone = await device();
  await phone.context.clock.install();
  const { page } = phone;
  const file = await openFile(lignum.origin, 'officer');
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  const text = `Before the thief, ${file.lastName}.`;
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await phone.offline();
  await writeNote(page, { narrative: text });
  await typeNoPin(page);
  await page.getByRole('button', { name: 'Lock', exact: true }).click();
  await expectLocked(page);
  await tenWrongPins(page);
  await expect(page.getByRole('status').filter({ hasText: 'ten times' })).toContainText('1 item that was not sent yet lies here sealed');
  const { stores, header } = await rawStore(page, user);
  expect(header).toBeUndefined();
  expect(stores.heads).toEqual([]);
  expect(stores.bodies).toEqual([]);
  expect(stores.outbox).toEqual([]);
  expect(stores.sealed).toHaveLength(1);

  await phone.online();
  await page.clock.setFixedTime(Date.now());
  await giveCredentials(page, 'officer');
  await page.getByLabel('PIN', { exact: true }).fill('902746');
  await page.getByLabel('PIN once more').fill('902746');
  await page.getByRole('button', { name: 'Keep this PIN' }).click();
  await phone.allSent();
  await page.getByRole('button', { name: 'Lock', exact: true }).click();
  await expectEachOnce(lignum.server, [text]);
  await expectJournalVerified(lignum.server);
});

test('a forgotten PIN: the password sets up the device anew, and the note that was not sent arrives once', async ({ lignum, device }) => {
  const phone = await device();
  const { page } = phone;
  const file = await openFile(lignum.origin, 'officer');
  const text = `Written before the PIN was forgotten, ${file.lastName}.`;
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await phone.offline();
  await writeNote(page, { narrative: text });
  await typeNoPin(page);
  await page.getByRole('button', { name: 'Lock', exact: true }).click();
  await page.getByRole('button', { name: 'Forgotten your PIN?' }).click();
  await page.getByLabel('Username', { exact: true }).fill('officer');
  await page.getByLabel('Password', { exact: true }).fill('lignum-demo-2026');
  await page.getByRole('button', { name: 'Sign in and choose a new PIN' }).click();
  await expect(page.getByRole('alert')).toContainText('no network');
  await phone.online();
  await page.getByLabel('Password', { exact: true }).fill('lignum-demo-2026');
  await page.getByRole('button', { name: 'Sign in and choose a new PIN' }).click();
  await expect(page.getByRole('heading', { name: 'Choose a PIN' })).toBeVisible();
  await page.getByLabel('PIN', { exact: true }).fill('902746');
  await page.getByLabel('PIN once more').fill('902746');
  await page.getByRole('button', { name: 'Keep this PIN' }).click();
  await expect(page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
  await expectEachOnce(lignum.server, [text]);
  await phone.allSent();
  await expect(noteSaying(page, text)).toBeVisible();
});

test('another PIN: the old one opens no more, the work is as it was', async ({ lignum, device }) => {
  const phone = await device();
  const { page } = phone;
  const file = await openFile(lignum.origin, 'officer');
  await signIn(phone, 'officer', '/account');
  await typeNoPin(page);
  await page.locator('summary', { hasText: 'Change PIN' }).click();
  await page.getByLabel('Present PIN').fill('902746');
  await page.getByLabel('PIN', { exact: true }).fill('594827');
  await page.getByLabel('PIN once more').fill('594827');
  await page.getByRole('button', { name: 'Change PIN' }).click();
  await expect(page.locator('#present-pin-error')).toContainText('not the present PIN');
  await page.getByLabel('Present PIN').fill(PIN);
  await page.getByLabel('PIN', { exact: true }).fill('594827');
  await page.getByLabel('PIN once more').fill('594827');
  await page.getByRole('button', { name: 'Change PIN' }).click();
  await expect(page.getByText('Your PIN is changed')).toBeVisible();
  await phone.offline();
  await page.goto(`/clients/${file.client}`);
  await tryPin(page, PIN);
  await expect(page.locator('#pin-error')).toContainText('not the PIN');
  await tryPin(page, '594827');
  await expect(page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
});

test('two people at one tablet without a network: each opens their own work with their own PIN', async ({ lignum, device }) => {
  const tablet = await device('tablet');
  const { page } = tablet;
  const [mine, theirs] = [await openFile(lignum.origin, 'officer'), await openFile(lignum.origin, 'officer2')];
  await signIn(tablet, 'officer');
  await page.getByRole('button', { name: 'Lock', exact: true }).click();
  await typeNoPin(page);
  await page.getByRole('button', { name: 'Somebody else' }).click();
  await giveCredentials(page, 'officer2');
  await expect(page.getByRole('heading', { name: 'Choose a PIN' })).toBeVisible();
  await page.getByLabel('PIN', { exact: true }).fill('594827');
  await page.getByLabel('PIN once more').fill('594827');
  await page.getByRole('button', { name: 'Keep this PIN' }).click();
  await tablet.allSent();
  await tablet.offline();
  for (const [username, pin, file, not] of [['officer', PIN, mine, theirs], ['officer2', '594827', theirs, mine]] as const) {
    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await page.getByRole('button', { name: 'Somebody else' }).click();
    await giveCredentials(page, username);
    await tryPin(page, pin);
    await page.getByRole('link', { name: 'Clients', exact: true }).click();
    await page.getByLabel('Search clients').fill(file.lastName);
    await expect(page.getByRole('link', { name: new RegExp(`^${file.fullName}`) })).toBeVisible();
    await page.getByLabel('Search clients').fill(not.lastName);
    await expect(page.getByRole('link', { name: new RegExp(`^${not.fullName}`) })).toHaveCount(0);
  }
});

test('the app is locked and closed: the browser’s background sync delivers the note', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  const text = `Sent while the phone was locked, ${file.lastName}.`;
  await signIn(phone, 'officer', `/clients/${file.client}`);
  lignum.proxy.down();
  await writeNote(phone.page, { narrative: text });
  await typeNoPin(phone.page);
  await phone.page.getByRole('button', { name: 'Lock', exact: true }).click();
  await expectLocked(phone.page);
  await phone.page.close();
  lignum.proxy.up();
  expect(await notesSaying(lignum.server, text)).toBe(0);

  await phone.backgroundSync(lignum.origin);
  await expectEachOnce(lignum.server, [text]);
  const [entry] = await lignum.server.sql<{ entry: string }>(`SELECT entry FROM journal WHERE entry LIKE $1`, [`%${text}%`]);
  expect(JSON.parse(entry?.entry ?? '{}')).toMatchObject({ sealed: true });
  await expectJournalVerified(lignum.server);

  // The receipt comes with the PIN: only then the app says that it was received.
  await phone.reopen(`/clients/${file.client}/notes`);
  await phone.allSent();
  await expect(noteSaying(phone.page, text)).not.toContainText('saved on this phone');
  expect(await notesSaying(lignum.server, text)).toBe(1);
});

test('what an earlier version left in the open is sealed when the PIN is chosen, and its unsent note arrives', async ({ lignum, device }) => {
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  const file = await openFile(lignum.origin, 'officer');
  const text = `Saved by the version before, ${file.lastName}.`;
  const model = await device();
  await signIn(model, 'officer', `/clients/${file.client}`);
  lignum.proxy.down();
  await writeNote(model.page, { narrative: text });
  const raw = await rawStore(model.page, user);
  if (!raw.header) throw new Error('no vault');
  const key = await dataKey(raw.header, user);
  // The same device as the first layout had it.
  const plain: Record<string, [string, string][]> = {};
  for (const store of ['heads', 'bodies', 'drafts', 'meta', 'outbox']) {
    plain[store] = (raw.stores[store] ?? []).map(([name, sealed]) => [name, openValue(key, store === 'outbox' ? [store] : [store, name], sealed)]);
  }
  await model.page.close();

  const phone = await device();
  const { page } = phone;
  await typeNoPin(page);
  lignum.proxy.up();
  await page.goto('/healthz');
  await page.evaluate(
    async ({ user, plain }) => {
      const database = await new Promise<IDBDatabase>((done, fail) => {
        const asked = indexedDB.open(`lignum-${user}`, 1);
        asked.onupgradeneeded = () => {
          for (const store of ['heads', 'bodies', 'drafts', 'meta']) asked.result.createObjectStore(store);
          asked.result.createObjectStore('outbox', { autoIncrement: true });
        };
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => fail(asked.error ?? new Error('no database'));
      });
      const transaction = database.transaction(Object.keys(plain), 'readwrite');
      for (const [store, values] of Object.entries(plain)) {
        for (const [name, value] of values) {
          transaction.objectStore(store).put(new TextEncoder().encode(value), store === 'outbox' ? Number(name) : name);
        }
      }
      await new Promise((done) => (transaction.oncomplete = done));
      database.close();
      localStorage.setItem('lignum.user', JSON.stringify(user));
    },
    { user, plain },
  );
  await page.goto(`/clients/${file.client}/notes`);
  await page.getByLabel('PIN', { exact: true }).fill(PIN);
  await page.getByLabel('PIN once more').fill(PIN);
  await page.getByRole('button', { name: 'Keep this PIN' }).click();
  await expect(noteSaying(page, text)).toContainText('saved on this phone');
  for (const values of Object.values((await rawStore(page, user)).stores)) {
    for (const [, value] of values) expect(Buffer.from(value, 'base64').toString('latin1')).not.toContain(file.lastName);
  }
  const queued = (await phone.outbox(user)).filter(({ op }) => JSON.stringify(op.body).includes(text));
  expect(queued).toHaveLength(1);
  await page.goto('/account');
  await tryPin(page, PIN);
  await giveCredentials(page, 'officer');
  await expectEachOnce(lignum.server, [text]);
  await phone.allSent();
});

test('the first save of all is sealed too, and a rotated key seals anew what waits', async ({ lignum, device }) => {
  const phone = await device();
  const [first, second] = await openFiles(lignum.origin, 'officer', [['Andre', rareName()], ['Shanice', rareName()]]);
  if (!first || !second) throw new Error('no files');
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  await signIn(phone, 'officer', `/record/${first.client}`);
  lignum.proxy.down();
  await fillNote(phone.page, { narrative: `Before the rotation, ${first.lastName}.` });
  await saveButton(phone.page).click();
  await expect(phone.chip()).toContainText('1 saved on this phone');
  const before = (await rawStore(phone.page, user)).stores.sealed ?? [];
  expect(before).toHaveLength(1);
  const rotated = await lignum.server.cli(['envelope-keys', 'rotate']);
  expect(rotated.code, rotated.stderr).toBe(0);
  // What was sealed to the old key still opens.
  lignum.proxy.up();
  await expectEachOnce(lignum.server, [`Before the rotation, ${first.lastName}.`]);
  await phone.allSent();
  expect((await rawStore(phone.page, user)).stores.sealed).toEqual([]);
});

test('a phone is reported lost: at its next contact the key is destroyed, and the supervisor decides on its note', async ({ lignum, device }) => {
  const [phone, tablet] = [await device(), await device('tablet')];
  const file = await openFile(lignum.origin, 'officer');
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  const text = `Before it was stolen, ${file.lastName}.`;
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await phone.offline();
  await writeNote(phone.page, { narrative: text });
  await typeNoPin(phone.page);
  await phone.page.getByRole('button', { name: 'Lock', exact: true }).click();
  await expectLocked(phone.page);
  const { header } = await rawStore(phone.page, user);

  await signIn(tablet, 'supervisor', '/team');
  tablet.page.on('dialog', (dialog) => void dialog.accept());
  // The list tells no ids: this one gets a name.
  await lignum.server.sql(`UPDATE devices SET browser = 'The stolen one' WHERE id = $1`, [header?.device]);
  await tablet.page.reload();
  await tablet.page.getByRole('button', { name: /^Report lost: .*The stolen one/ }).click();
  await expect(tablet.page.getByText('Reported lost').first()).toBeVisible();

  // The phone finds a network: nobody unlocks it.
  await phone.online();
  await phone.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect(phone.page.getByRole('status').filter({ hasText: 'reported lost' })).toBeVisible();
  const after = await rawStore(phone.page, user);
  expect(after.header).toBeUndefined();
  expect(after.stores.heads).toEqual([]);
  await expect.poll(async () => (await lignum.server.sql(`SELECT 1 FROM quarantine WHERE entry LIKE $1`, [`%${text}%`])).length).toBe(1);
  expect(await notesSaying(lignum.server, text)).toBe(0);

  await tablet.page.reload();
  const item = tablet.page.getByRole('listitem').filter({ hasText: 'Contact note' });
  await item.getByText('What it says').click();
  await expect(item.getByText(text)).toBeVisible();
  await item.getByRole('button', { name: 'Take up' }).click();
  await expect(tablet.page.getByText('Nothing waits for you')).toBeVisible();
  await expectEachOnce(lignum.server, [text]);
  await expectJournalVerified(lignum.server);
  await tablet.page.locator('summary', { hasText: 'Was it a breach?' }).click();
  await tablet.page.getByRole('button', { name: 'It was none' }).click();
  await expect(tablet.page.locator('#breach-reason-error')).toBeVisible();
  await tablet.page.getByLabel('Why you think so').fill('Locked, and its key was destroyed within the hour.');
  await tablet.page.getByRole('button', { name: 'It was none' }).click();
  await expect(tablet.page.getByText('No breach: Locked')).toBeVisible();
});

test('a phone whose key was destroyed already is lost as well: its note waits for the supervisor all the same', async ({ lignum, device }) => {
  const phone = await device();
  await phone.context.clock.install();
  const file = await openFile(lignum.origin, 'officer');
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  const text = `Before the thief tried PINs, ${file.lastName}.`;
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await phone.offline();
  await writeNote(phone.page, { narrative: text });
  await typeNoPin(phone.page);
  await phone.page.getByRole('button', { name: 'Lock', exact: true }).click();
  await expectLocked(phone.page);
  const { header } = await rawStore(phone.page, user);
  await tenWrongPins(phone.page);
  await expect(phone.page.getByRole('status').filter({ hasText: 'ten times' })).toBeVisible();
  const after = await rawStore(phone.page, user);
  expect(after.header).toBeUndefined();
  expect(after.stores.vault).toEqual([['last-device', JSON.stringify(header?.device)]]);

  await lignum.server.sql(`DELETE FROM sessions WHERE user_id = $1`, [user]);
  await lignum.server.sql(
    `INSERT INTO lost_devices (device_id, user_id, region_id, reported_at, reported_by)
     SELECT $1, id, region_id, now(), id FROM users WHERE id = $2`,
    [header?.device, user],
  );
  await phone.online();
  await phone.backgroundSync(lignum.origin);
  await expect.poll(async () => (await lignum.server.sql(`SELECT 1 FROM quarantine WHERE entry LIKE $1`, [`%${text}%`])).length).toBe(1);
  expect(await notesSaying(lignum.server, text)).toBe(0);
});
