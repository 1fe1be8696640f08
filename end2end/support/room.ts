/** How much room the browser gives the app. */

import { expect, type CDPSession, type Page } from '@playwright/test';

/** Takes all room away; comes back when the browser acts on it, which it looks up twice a minute. */
export async function takeRoom(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: 1 });
  await expect
    .poll(() => page.evaluate(writeProbe), { message: 'the browser says that its storage is full', timeout: 90_000, intervals: [1000] })
    .toBe('QuotaExceededError');
  return session;
}

/** Gives the room back. */
export async function giveRoom(session: CDPSession, page: Page): Promise<void> {
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin });
  await expect.poll(() => page.evaluate(writeProbe)).toBe('done');
}

/** Writes a little beside the app's own stores. Runs in the page. */
async function writeProbe(): Promise<string> {
  const database = await new Promise<IDBDatabase>((done, fail) => {
    const asked = indexedDB.open('probe', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('probe');
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error ?? new Error('no database'));
  });
  const transaction = database.transaction('probe', 'readwrite');
  transaction.objectStore('probe').put(new Uint8Array(1000), 1);
  const said = await new Promise<string>((done) => {
    transaction.oncomplete = () => done('done');
    transaction.onabort = () => done(transaction.error?.name ?? 'aborted');
  });
  database.close();
  return said;
}
