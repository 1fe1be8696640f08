/**
 * Photos of paper and signatures: taken without a network, carried over a bad one, there whole and once.
 */

import type { Page } from '@playwright/test';
import { Caller, openFile, type File } from './support/api';
import { withPlace } from './support/content';
import { expect, test, type Lignum } from './support/fixtures';
import { expectJournalVerified } from './support/journal';
import { choose, openCase, saveButton, signIn } from './support/people';
import { PIN, expectLocked, tryPin, typeNoPin } from './support/vault';

test.use({ suite: 'attachments' });
test.setTimeout(180_000);

/** A photo as a camera makes it: large, with the place written beside it. Drawn by the browser, as a JPEG. */
async function photo(page: Page, width = 3000, height = 2250): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const base64 = await page.evaluate(async ([w, h]) => {
    const canvas = new OffscreenCanvas(w, h);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    // Blurred noise: as hard to compress as a page of handwriting in the shade.
    const noise = new OffscreenCanvas(w / 6, h / 6);
    const dots = noise.getContext('2d');
    const data = dots?.createImageData(noise.width, noise.height);
    if (!dots || !data) throw new Error('no noise');
    for (let i = 0; i < data.data.length; i += 1) data.data[i] = i % 4 === 3 ? 255 : Math.random() * 255;
    dots.putImageData(data, 0, 0);
    context.drawImage(noise, 0, 0, w, h);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  }, [width, height] as const);
  return { name: 'IMG_0042.jpg', mimeType: 'image/jpeg', buffer: withPlace(Buffer.from(base64, 'base64'), 'GPS 18.4762 N, Norwood') };
}

/** From an open file to a saved photo. */
async function addPhoto(page: Page, file: File, title: string): Promise<void> {
  const taken = await photo(page);
  await page.getByRole('link', { name: 'File', exact: true }).click();
  await page.getByRole('link', { name: 'Photo or signature' }).click();
  await page.getByLabel('Choose a picture').setInputFiles(taken);
  await expect(page.getByRole('img', { name: 'The photo as it will be sent' })).toBeVisible();
  await page.getByLabel('What it shows').fill(title);
  await saveButton(page).click();
  await expect(page).toHaveURL(new RegExp(`/clients/${file.client}/file$`));
  await expect(row(page, title)).toBeVisible();
}

function row(page: Page, title: string): ReturnType<Page['getByRole']> {
  return page.getByRole('main').getByRole('listitem').filter({ hasText: title });
}

async function look(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: `Show ${title}` }).click();
  const picture = page.getByRole('dialog').getByRole('img', { name: title });
  await expect(picture).toBeVisible();
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
}

/** What the server has of an attachment with this title. */
async function atServer(lignum: Lignum, title: string): Promise<{ id: string; content_id: string; arrived: boolean; chunks: number }[]> {
  return lignum.server.sql(
    `SELECT id, content_id, arrived_at IS NOT NULL AS arrived, (SELECT count(*)::int FROM content_chunks c WHERE c.content_id = a.content_id) AS chunks
     FROM attachments a WHERE data ->> 'title' = $1`,
    [title],
  );
}

test('a photo taken without a network arrives whole and once over a slow line that is cut', async ({ lignum, device }) => {
  const { proxy, server } = lignum;
  const phone = await device();
  const tablet = await device();
  const file = await openFile(lignum.origin, 'officer');
  const title = `Consent form, ${file.lastName}`;
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await phone.offline();
  await addPhoto(phone.page, file, title);
  await expect(row(phone.page, title)).toContainText('saved on this phone');
  await look(phone.page, title);

  // A tenth of a slow 3G. The first chunk is cut in the middle, the answer to the second gets lost.
  let puts = 0;
  proxy.brake = (method, path) => {
    if (method !== 'PUT' || !path.startsWith('/api/v1/contents/')) return undefined;
    puts += 1;
    return puts === 1 ? { bytesPerSecond: 100_000, cutAt: 60_000 } : { bytesPerSecond: 100_000 };
  };
  let answers = 0;
  proxy.rule(({ method, path }) => {
    if (method !== 'PUT' || !path.startsWith('/api/v1/contents/')) return undefined;
    answers += 1;
    return answers === 1 ? { do: 'cut-after' } : undefined;
  });
  await phone.online();
  await expect(phone.chip()).toContainText('1 picture to send');
  await expect.poll(async () => (await atServer(lignum, title))[0]?.arrived, { timeout: 90_000 }).toBe(true);
  await phone.allSent();
  await expect(row(phone.page, title)).toContainText('received');
  expect(puts, 'a chunk was cut').toBeGreaterThan(2);

  const [there, ...more] = await atServer(lignum, title);
  expect(more).toEqual([]);
  expect(there?.chunks, 'nothing is left lying about').toBe(0);
  expect(await server.sql(`SELECT 1 FROM attachments a JOIN contents c USING (digest) WHERE a.id = $1`, [there?.id])).toHaveLength(1);
  const carried = proxy.passages.filter(({ method, path, status }) => method === 'PUT' && path.includes(there?.content_id ?? 'none') && status === 200);
  const chunks = carried.map(({ path }) => path.split('/').pop());
  expect(new Set(chunks).size, 'what was carried is not carried again').toBe(chunks.length);

  // What the server shows is the picture, small, without the place; and the supervisor sees it.
  const supervisor = await Caller.signIn(lignum.origin, 'supervisor');
  const answer = await supervisor.get(`/api/v1/attachments/${there?.id}`);
  expect(answer.headers.get('content-type')).toBe('image/jpeg');
  const bytes = Buffer.from(await answer.arrayBuffer());
  for (const word of ['GPS', 'Norwood', 'Exif']) expect(bytes.includes(word), word).toBe(false);
  await signIn(tablet, 'supervisor', '/cases');
  await openCase(tablet.page, file.lastName, file.fullName);
  await look(tablet.page, title);
  const size = await tablet.page.evaluate(async (id) => {
    const bitmap = await createImageBitmap(await (await fetch(`/api/v1/attachments/${id}`)).blob());
    return [bitmap.width, bitmap.height];
  }, there?.id);
  expect(size).toEqual([2048, 1536]);
  await expectJournalVerified(server);
});

test('the app dies between the photo and the save: the form and its photo are there again', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  await signIn(phone, 'officer', `/clients/${file.client}/attach`);
  await phone.page.getByLabel('Choose a picture').setInputFiles(await photo(phone.page, 900, 600));
  await phone.page.getByLabel('What it shows').fill('School report');
  await expect(phone.page.getByRole('img', { name: 'The photo as it will be sent' })).toBeVisible();
  await expect(phone.page.getByText('Draft kept')).toBeVisible();
  await phone.crash();
  phone.page = await phone.newTab();
  await phone.page.goto(`/clients/${file.client}/attach`);
  await expect(phone.page.getByLabel('What it shows')).toHaveValue('School report');
  await expect(phone.page.getByRole('img', { name: 'The photo as it will be sent' })).toBeVisible();
  await saveButton(phone.page).click();
  await expect(row(phone.page, 'School report')).toContainText('received', { timeout: 30_000 });
});

test('what is missing is told at its field, and a file that is no picture is refused in words', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  await signIn(phone, 'officer', `/clients/${file.client}/attach`);
  const { page } = phone;
  await saveButton(page).click();
  await expect(page.getByText('Please take a photo or choose a picture.')).toBeVisible();
  await expect(page.locator('#content')).toBeFocused();
  await expect(page.locator('#title-error')).toHaveText('Please say what the photo shows.');
  await expect(page.locator('#title-error')).toBeVisible();
  await page.getByLabel('Choose a picture').setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') });
  await expect(page.getByText('This browser cannot read that picture.')).toBeVisible();
  await choose(page, 'What is it', 'Signature');
  await saveButton(page).click();
  await expect(page.getByText('Please sign in the box.')).toBeVisible();
  await choose(page, 'What is it', 'Signature, typed');
  await saveButton(page).click();
  await expect(page.getByText('Please type the name of the person who signs.')).toBeVisible();
});

test('a person signs with a finger, another with the keyboard', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  await signIn(phone, 'officer', `/clients/${file.client}/attach`);
  const { page } = phone;
  await choose(page, 'What is it', 'Signature');
  const pad = page.getByRole('img', { name: /^Signature/ });
  const box = await pad.boundingBox();
  if (!box) throw new Error('no pad');
  for (const from of [0.2, 0.5]) {
    await page.mouse.move(box.x + box.width * from, box.y + box.height * 0.3);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * (from + 0.2), box.y + box.height * 0.7, { steps: 8 });
    await page.mouse.up();
  }
  await expect(pad.locator('path')).toHaveCount(2);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(pad.locator('path')).toHaveCount(1);
  await page.getByLabel('Who signs, and what').fill('Joy Brown, consent');
  await saveButton(page).click();
  await look(page, 'Joy Brown, consent');
  await expect(row(page, 'Joy Brown, consent')).toContainText('received', { timeout: 30_000 });

  await page.getByRole('link', { name: 'Photo or signature' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('radio', { name: 'Photo', exact: true }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.getByLabel('Name of the person who signs').fill('Devon Brown');
  await page.getByLabel('Who signs, and what').fill('Devon Brown, consent');
  await page.keyboard.press('Enter');
  await look(page, 'Devon Brown, consent');
  await expect(row(page, 'Devon Brown, consent')).toContainText('received', { timeout: 30_000 });
});

test('Save tapped twice in a moment keeps one signature and one content', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  const title = `Twice, ${file.lastName}`;
  await signIn(phone, 'officer', `/clients/${file.client}/attach`);
  const { page } = phone;
  await phone.offline();
  await choose(page, 'What is it', 'Signature, typed');
  await page.getByLabel('Name of the person who signs').fill('Devon Brown');
  await page.getByLabel('Who signs, and what').fill(title);
  // Before anything of the first tap is on the disk, and a moment later.
  await saveButton(page).evaluate((button: HTMLButtonElement) => {
    button.click();
    button.click();
    setTimeout(() => button.click(), 20);
  });
  await expect(row(page, title)).toHaveCount(1);
  await expect(phone.chip()).toContainText('1 saved on this phone');
  const contents = await page.evaluate(async (name) => {
    const database = await new Promise<IDBDatabase>((done) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result);
    });
    const asked = database.transaction('contents').objectStore('contents').getAllKeys();
    const keys = await new Promise<unknown[]>((done) => (asked.onsuccess = () => done(asked.result)));
    database.close();
    return keys;
  }, `lignum-${(await Caller.signIn(lignum.origin, 'officer')).user.id}`);
  expect(contents).toHaveLength(1);
  await phone.online();
  await phone.allSent();
  expect(await atServer(lignum, title)).toHaveLength(1);
});

test('pictures wait for Wi-Fi where the person wants it, and go when the person says so', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  const title = `Report, ${file.lastName}`;
  await signIn(phone, 'officer', '/sync');
  await phone.page.getByRole('checkbox', { name: 'Send pictures on Wi-Fi only' }).check();
  await phone.page.goto(`/clients/${file.client}`);
  await addPhoto(phone.page, file, title);
  await expect(phone.chip()).toContainText('1 picture to send');
  await expect.poll(async () => (await atServer(lignum, title)).length).toBe(1);
  await phone.page.goto('/sync');
  await expect(phone.page.getByText('1 picture goes after the notes.')).toBeVisible();
  await expect(phone.page.getByRole('checkbox', { name: 'Send pictures on Wi-Fi only' })).toBeChecked();
  expect((await atServer(lignum, title))[0]).toMatchObject({ arrived: false, chunks: 0 });
  await phone.page.getByRole('button', { name: 'Send pictures now' }).click();
  await expect.poll(async () => (await atServer(lignum, title))[0]?.arrived, { timeout: 30_000 }).toBe(true);
  await phone.allSent();
});

test('the app is locked and closed, then its key is destroyed: the picture arrives all the same', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  const [first, second] = [`Locked, ${file.lastName}`, `Destroyed, ${file.lastName}`];
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await phone.offline();
  await addPhoto(phone.page, file, first);
  await typeNoPin(phone.page);
  await phone.page.getByRole('button', { name: 'Lock', exact: true }).click();
  await expectLocked(phone.page);
  await phone.online();
  await phone.backgroundSync(lignum.origin);
  await expect.poll(async () => (await atServer(lignum, first))[0]?.arrived, { timeout: 30_000 }).toBe(true);

  await tryPin(phone.page, PIN);
  await expect(row(phone.page, first)).toBeVisible();
  await phone.offline();
  await addPhoto(phone.page, file, second);
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  await phone.page.evaluate(async (name) => {
    // What ten wrong PINs do.
    const database = await new Promise<IDBDatabase>((done) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result);
    });
    const stores = ['heads', 'bodies', 'drafts', 'meta', 'attachments', 'outbox', 'vault'];
    const transaction = database.transaction(stores, 'readwrite');
    for (const store of stores) transaction.objectStore(store).clear();
    await new Promise((done) => (transaction.oncomplete = done));
    database.close();
  }, `lignum-${user}`);
  await phone.page.close();
  await phone.online();
  await phone.backgroundSync(lignum.origin);
  await expect.poll(async () => (await atServer(lignum, second))[0]?.arrived, { timeout: 30_000 }).toBe(true);
});
