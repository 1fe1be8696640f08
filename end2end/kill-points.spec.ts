/**
 * Kill points: the tab, the browser or the server ends at the worst moment. What the app said it saved is
 * there afterwards, and is in Postgres exactly once.
 */

import { Caller, openFile, openFiles, rareName, type File } from './support/api';
import { RealBrowser } from './support/browser';
import { Device } from './support/device';
import { expect, test, type Lignum } from './support/fixtures';
import { expectEachOnce, expectJournalVerified, journalOf, notesSaying } from './support/journal';
import { syncIs } from './support/network';
import { fillNote, findClient, giveCredentials, noteSaying, saveButton, signIn, writeNote } from './support/people';
import { until } from './support/places';
import { nextWorker } from './support/update';

test.use({ suite: 'kill-points' });
test.setTimeout(180_000);

async function onForm(lignum: Lignum, phone: Device, narrative: (file: File) => string): Promise<{ file: File; text: string }> {
  const file = await openFile(lignum.origin, 'officer');
  const text = narrative(file);
  await signIn(phone, 'officer', `/record/${file.client}`);
  await fillNote(phone.page, { narrative: text });
  return { file, text };
}

test('the tab dies as soon as the note is said to be saved', async ({ lignum, device }) => {
  const phone = await device();
  const { file, text } = await onForm(lignum, phone, ({ lastName }) => `The tab died after this, ${lastName}.`);
  await phone.offline();
  await saveButton(phone.page).click();
  await expect(noteSaying(phone.page, text)).toContainText('saved on this phone');
  await phone.crash();
  await phone.reopen(`/clients/${file.client}/notes`);
  await expect(noteSaying(phone.page, text)).toContainText('saved on this phone');
  await phone.online();
  await expectEachOnce(lignum.server, [text]);
  await phone.allSent();
});

test('the page goes away at any moment around the tap on Save: the words are a draft or a note, never gone, never two', async ({ lignum, device }) => {
  const phone = await device();
  await signIn(phone, 'officer');
  await phone.offline();
  const files = await openLater(lignum, phone, 6);
  const texts: string[] = [];
  for (const [at, file] of files.entries()) {
    const text = `Tapped and gone ${at}, ${file.lastName}.`;
    texts.push(text);
    await phone.page.goto(`/record/${file.client}`);
    await fillNote(phone.page, { narrative: text });
    await expect(phone.page.getByText('Draft kept')).toBeVisible();
    // The tap, and the end of the tab so many milliseconds later, without the test's own delays between.
    await phone.page.evaluate((milliseconds) => {
      const save = [...document.querySelectorAll('button')].find((button) => button.textContent === 'Save');
      save?.click();
      setTimeout(() => {
        location.href = 'about:blank';
      }, milliseconds);
    }, [0, 2, 5, 10, 20, 40][at]);
    await phone.page.waitForURL('about:blank');
    await phone.reopen(`/record/${file.client}`);
    const draft = phone.page.getByLabel('What happened');
    await expect(draft).toBeVisible();
    await phone.page.goto(`/clients/${file.client}/notes`);
    await expect(phone.page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
    await expect(phone.page.locator('[aria-busy=true]')).toHaveCount(0);
    if ((await noteSaying(phone.page, text).count()) === 0) {
      await phone.page.goto(`/record/${file.client}`);
      await expect(draft).toHaveValue(text);
      await saveButton(phone.page).click();
      await expect(noteSaying(phone.page, text)).toBeVisible();
    }
  }
  await phone.online();
  await expectEachOnce(lignum.server, texts);
  await phone.allSent();
});

test('the browser is killed as a whole and opened again', async ({ lignum }) => {
  const file = await openFile(lignum.origin, 'officer');
  const text = `The battery died after this, ${file.lastName}.`;
  const browser = await RealBrowser.install();
  try {
    const before = await Device.on(browser.context);
    await signInOn(before, lignum.origin);
    // Who signed in last is written by the browser when it likes; here that has happened.
    await browser.close();
    await browser.open();
    lignum.proxy.down();
    const phone = await Device.on(browser.context);
    await phone.page.goto(`${lignum.origin}/clients/${file.client}`);
    await writeNote(phone.page, { narrative: text });
    await browser.kill9();
    await browser.open();
    const after = await Device.on(browser.context);
    await after.page.goto(`${lignum.origin}/clients/${file.client}/notes`);
    await expect(noteSaying(after.page, text)).toContainText('saved on this phone');
    lignum.proxy.up();
    await after.page.reload();
    await expectEachOnce(lignum.server, [text]);
    await after.allSent();
  } finally {
    lignum.proxy.up();
    await browser.dispose();
  }
});

test('the server is killed between the commit and the reply', async ({ lignum, device }) => {
  const { server } = lignum;
  const phone = await device();
  const { file, text } = await onForm(lignum, phone, ({ lastName }) => `The server died after this, ${lastName}.`);
  // After the commit the server notes the device: held there, it can be killed with the reply unwritten.
  const blocker = await server.connect();
  await blocker.query('BEGIN');
  await blocker.query('LOCK TABLE devices IN ACCESS EXCLUSIVE MODE');
  await saveButton(phone.page).click();
  await until('the note is committed', async () => ((await notesSaying(server, text)) === 1 ? true : undefined));
  await expect(phone.chip()).toContainText(/saved on this phone|Sending 1/);
  await server.kill9();
  await blocker.end().catch(() => undefined);
  await expect(phone.chip()).toContainText('1 saved on this phone');
  await server.launch();
  await phone.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await phone.allSent();
  expect(await notesSaying(server, text)).toBe(1);
  expect((await journalOf(server, file.client)).filter(({ kind }) => kind === 'record-contact')).toHaveLength(1);
  await expectJournalVerified(server);
});

test('the tab dies after the reply and before the receipt is stored', async ({ lignum, device }) => {
  const phone = await device();
  const { text } = await onForm(lignum, phone, ({ lastName }) => `No receipt was stored, ${lastName}.`);
  // The reply reaches the browser, and the app's code never hears of it.
  await phone.page.evaluate(() => {
    const real = window.fetch;
    window.fetch = async (...words) => {
      await real(...words);
      return new Promise<Response>(() => undefined);
    };
  });
  await saveButton(phone.page).click();
  await expectEachOnce(lignum.server, [text]);
  await expect(phone.chip()).not.toContainText('All sent');
  await phone.crash();
  await phone.reopen('/sync');
  await phone.allSent();
  await expectEachOnce(lignum.server, [text]);
});

test('the tab dies between two pages of the first download: the rest comes later, and the list is whole', async ({ lignum, device }) => {
  const phone = await device();
  const [{ count } = { count: '0' }] = await lignum.server.sql<{ count: string }>(
    `SELECT count(*) FROM clients JOIN users ON users.id = officer_id WHERE username = 'officer' AND status = 'active'`,
  );
  let pages = 0;
  const never = new Promise<never>(() => undefined);
  const release = lignum.proxy.rule((passage) => {
    if (!syncIs(passage)) return undefined;
    pages += 1;
    return pages === 2 ? { do: 'wait', for: never } : undefined;
  });
  await phone.page.goto('/sign-in');
  await expect(phone.page.getByRole('heading', { name: 'Demo with fictional people' })).toBeVisible();
  await giveCredentials(phone.page, 'officer');
  await expect(phone.page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await expect.poll(() => pages, { message: 'the caseload fills more than one page' }).toBe(2);
  await phone.crash();
  release();
  await phone.reopen('/clients');
  await phone.allSent();
  await expect(phone.page.getByText(`${count} clients`)).toBeVisible();
});

test('the browser dies while a new version is being fetched: the old one starts without a network', async ({ lignum }) => {
  const file = await openFile(lignum.origin, 'officer');
  const body = await nextWorker(lignum.origin);
  const browser = await RealBrowser.install();
  try {
    await signInOn(await Device.on(browser.context), lignum.origin);
    await browser.close();
    await browser.open();
    const phone = await Device.on(browser.context);
    await phone.page.goto(`${lignum.origin}/clients/${file.client}`);
    await expect(phone.page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
    const never = new Promise<never>(() => undefined);
    let asked = false;
    lignum.proxy.rule(({ path }) => {
      if (path === '/sw.js') return { do: 'answer', status: 200, headers: { 'content-type': 'text/javascript' }, body };
      asked ||= path === '/app-shell';
      return path === '/app-shell' ? { do: 'wait', for: never } : undefined;
    });
    await phone.page.evaluate(() => window.dispatchEvent(new Event('pageshow')));
    await expect.poll(() => asked, { message: 'the new version is being fetched' }).toBe(true);
    await browser.kill9();
    lignum.proxy.down();
    await browser.open();
    const after = await Device.on(browser.context);
    await after.page.goto(`${lignum.origin}/clients/${file.client}`);
    await expect(after.page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
  } finally {
    lignum.proxy.clear();
    await browser.dispose();
  }
});

test('two tabs save at the same moment: two notes, two numbers', async ({ lignum, device }) => {
  const phone = await device();
  const files = await openFiles(lignum.origin, 'officer', [['Andre', rareName()], ['Shanice', rareName()]]);
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  await signIn(phone, 'officer');
  const tabs = [phone.page, await phone.newTab()];
  await phone.offline();
  const texts = files.map(({ lastName }) => `In a tab of its own, ${lastName}.`);
  for (const [at, tab] of tabs.entries()) {
    await tab.goto(`/record/${files[at]?.client ?? ''}`);
    await fillNote(tab, { narrative: texts[at] ?? '' });
  }
  await Promise.all(tabs.map((tab) => saveButton(tab).evaluate((button: HTMLElement) => button.click())));
  for (const [at, tab] of tabs.entries()) await expect(noteSaying(tab, texts[at] ?? '')).toBeVisible();
  for (const tab of tabs) await expect(phone.chip(tab)).toContainText('2 saved on this phone');
  expect(await phone.outbox(user)).toHaveLength(2);
  await phone.online();
  await expectEachOnce(lignum.server, texts);
  for (const tab of tabs) await phone.allSent(tab);
  const rows = await lignum.server.sql<{ seq: string }>(
    `SELECT seq FROM journal WHERE subject_id = ANY ($1) AND kind = 'record-contact' ORDER BY seq`,
    [files.map(({ client }) => client)],
  );
  expect(rows.map(({ seq }) => Number(seq))).toEqual([1, 2]);
});

test('two notes about one client are begun in two tabs: both arrive', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  await signIn(phone, 'officer', `/record/${file.client}`);
  const other = await phone.newTab();
  await other.goto(`/record/${file.client}`);
  const texts = [`From the first tab, ${file.lastName}.`, `From the second tab, ${file.lastName}.`];
  await fillNote(phone.page, { narrative: texts[0] ?? '' });
  await fillNote(other, { narrative: texts[1] ?? '' });
  await saveButton(phone.page).click();
  await expect(noteSaying(phone.page, texts[0] ?? '')).toBeVisible();
  await expect(other.getByLabel('What happened')).toHaveValue(texts[1] ?? '');
  await saveButton(other).click();
  await expect(noteSaying(other, texts[1] ?? '')).toBeVisible();
  await expectEachOnce(lignum.server, texts);
});

test('a double tap on Save makes one note, however quick', async ({ lignum, device }) => {
  const phone = await device();
  const delays = [0, 5, 15, 30, 60, 120];
  const files = await openFiles(lignum.origin, 'officer', delays.map(() => ['Andre', rareName()]));
  await signIn(phone, 'officer');
  const texts: string[] = [];
  for (const [at, file] of files.entries()) {
    const text = `Tapped twice, ${file.lastName}.`;
    texts.push(text);
    await phone.page.goto(`/record/${file.client}`);
    await fillNote(phone.page, { narrative: text });
    await phone.page.evaluate(async (milliseconds) => {
      const save = [...document.querySelectorAll('button')].find((button) => button.textContent === 'Save');
      save?.click();
      await new Promise((done) => setTimeout(done, milliseconds));
      save?.click();
    }, delays[at]);
    await expect(noteSaying(phone.page, text)).toHaveCount(1);
  }
  await phone.allSent();
  await expectEachOnce(lignum.server, texts);
});

/** Signs in on a browser that has no base address. */
async function signInOn(phone: Device, origin: string): Promise<void> {
  await phone.page.goto(`${origin}/sign-in`);
  await expect(phone.page.getByRole('heading', { name: 'Demo with fictional people' })).toBeVisible();
  await giveCredentials(phone.page, 'officer');
  await phone.allSent();
  await phone.installed();
}

/** Files that reach the phone although it is about to lose its network. */
async function openLater(lignum: Lignum, phone: Device, count: number): Promise<File[]> {
  await phone.online();
  const files = await openFiles(lignum.origin, 'officer', Array.from({ length: count }, () => ['Andre', rareName()]));
  await phone.page.reload();
  const last = files.at(-1);
  if (last) await findClient(phone.page, last.lastName, last.fullName);
  await phone.allSent();
  await phone.offline();
  return files;
}
