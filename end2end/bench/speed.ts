/** How the app feels on a slow phone at the caseload that it is designed for. */

import type { Page } from '@playwright/test';
import type { File } from '../support/api';
import { RealBrowser } from '../support/browser';
import { coldStart, fill, SLOWDOWN, throttle, unlock } from './phone';
import { median, percentile, type Figure } from './table';

const STARTS = 7;
const SAVES = 40;
/** A finger lies on the glass for about so long; the tap is when it leaves it. */
const PRESS_MS = 80;
const QUERIES = ['andre', 'shanice', 'kemr', 'sample', 'lg-', 'norwood', 'keisha', 'romario'];

declare global {
  interface Window {
    lockAt?: number;
    pinAt?: number;
    listAt?: number;
    taps: number[];
    /** Of these, the time until the write was begun. */
    thoughts: number[];
    strokes: number[];
  }
}

/** Fills a new phone with an officer's caseload. */
export async function newPhone(origin: string, username: string): Promise<{ browser: RealBrowser; downloadSeconds: number }> {
  const browser = await RealBrowser.install();
  const begun = Date.now();
  await fill(browser, origin, username);
  return { browser, downloadSeconds: (Date.now() - begun) / 1000 };
}

/** Installed, browser just started, no network: from the address to the lock screen, from the PIN to a list that can be used. */
export async function coldStarts(browser: RealBrowser, origin: string): Promise<Figure[]> {
  const [toLock, toList]: [number[], number[]] = [[], []];
  for (let start = 0; start < STARTS; start += 1) {
    const page = await coldStart(browser, `${origin}/clients`);
    await page.waitForFunction(() => window.lockAt !== undefined, undefined, { timeout: 60_000 });
    await unlock(page);
    await page.waitForFunction(() => window.listAt !== undefined, undefined, { timeout: 60_000 });
    const { lockAt, pinAt, listAt } = await page.evaluate(() => ({ lockAt: window.lockAt, pinAt: window.pinAt, listAt: window.listAt }));
    toLock.push((lockAt ?? 0) / 1000);
    toList.push(((listAt ?? 0) - (pinAt ?? 0)) / 1000);
    await page.close();
  }
  await browser.context.setOffline(false);
  const how = (seconds: number[]): string =>
    `${SLOWDOWN}× CPU throttle, browser restarted; median of ${STARTS}, worst ${Math.max(...seconds).toFixed(2)} s; 60 + 200 clients, 10,000 notes`;
  return [
    { what: 'installed cold start offline to the lock screen', value: median(toLock), unit: 's', target: { most: 0.6 }, how: how(toLock) },
    {
      what: 'from the PIN to a usable client list, Argon2id included',
      value: median(toList),
      unit: 's',
      target: { most: 2.5 },
      how: `${how(toList)}; the PIN was chosen without the throttle`,
    },
  ];
}

/** From the tap on Save to the op's transaction being complete, with strict durability. */
export async function saves(browser: RealBrowser, origin: string, file: File): Promise<Figure> {
  const page = await browser.context.newPage();
  await page.addInitScript(() => {
    window.taps = [];
    window.thoughts = [];
    let tappedAt = 0;
    addEventListener('click', (event) => (tappedAt = event.timeStamp), true);
    const begunAt = new WeakMap<IDBTransaction, number>();
    const { add } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.add = function (this: IDBObjectStore, ...words) {
      if (this.name === 'outbox') begunAt.set(this.transaction, performance.now());
      return add.apply(this, words);
    };
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...words) {
      const begun = transaction.apply(this, words);
      // Before the app asks to hear it: the first thing that the app does then is to draw the next screen.
      begun.addEventListener('complete', () => {
        const thoughtUntil = begunAt.get(begun);
        if (thoughtUntil === undefined) return;
        window.thoughts.push(thoughtUntil - tappedAt);
        window.taps.push(performance.now() - tappedAt);
      });
      return begun;
    };
  });
  await browser.context.setOffline(true);
  await page.goto(`${origin}/clients/${file.client}`);
  await unlock(page);
  await throttle(page);
  for (let note = 0; note < SAVES; note += 1) {
    await page.getByRole('link', { name: 'Contact note' }).click();
    await page.getByLabel('What happened').fill(`Number ${note}: grandmother present, he was in class four of five days.`);
    await page.getByText('Draft kept').waitFor();
    // By its place: what the test runner does for a click on a name takes time on the page.
    const save = await page.getByRole('button', { name: 'Save', exact: true }).boundingBox();
    if (!save) throw new Error('Save is not to be seen');
    await page.mouse.click(save.x + save.width / 2, save.y + save.height / 2, { delay: PRESS_MS });
    await page.waitForFunction((count) => window.taps.length === count, note + 1);
  }
  const { taps, thoughts } = await page.evaluate(() => ({ taps: window.taps, thoughts: window.thoughts }));
  await page.close();
  await browser.context.setOffline(false);
  return {
    what: 'tap Save → durable on the device, p95',
    value: percentile(taps, 95),
    unit: 'ms',
    target: { most: 50 },
    how: `${SLOWDOWN}× CPU throttle, offline; tap's time stamp to IndexedDB 'complete' (durability strict); ${taps.length} notes, median ${(median(taps) ?? 0).toFixed(1)} ms, of it ${(median(thoughts) ?? 0).toFixed(1)} ms until the write begins`,
  };
}

/**
 * What the browser takes for such a transaction by itself: an entry, its envelope and the draft's removal, of the
 * sizes of a note, strictly durable, on the lock screen where nothing else happens.
 */
export async function bareTransactions(browser: RealBrowser, origin: string): Promise<Figure> {
  const page = await browser.context.newPage();
  await browser.context.setOffline(true);
  await page.goto(`${origin}/clients`);
  await page.getByLabel('PIN', { exact: true }).waitFor();
  await throttle(page);
  const times = await page.evaluate(async (rounds) => {
    const open = indexedDB.open('bench-bare', 1);
    open.onupgradeneeded = () => ['outbox', 'sealed', 'drafts', 'delivered'].forEach((store) => open.result.createObjectStore(store));
    const database = await new Promise<IDBDatabase>((resolve) => (open.onsuccess = () => resolve(open.result)));
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const begun = performance.now();
      const transaction = database.transaction(['outbox', 'sealed', 'drafts', 'delivered'], 'readwrite', { durability: 'strict' });
      transaction.objectStore('outbox').add(new Uint8Array(800), round);
      transaction.objectStore('sealed').put(new Uint8Array(900), round);
      transaction.objectStore('drafts').delete('contact');
      transaction.commit();
      await new Promise((resolve) => (transaction.oncomplete = resolve));
      times.push(performance.now() - begun);
    }
    database.close();
    indexedDB.deleteDatabase('bench-bare');
    return times;
  }, SAVES);
  await page.close();
  await browser.context.setOffline(false);
  return {
    what: "the browser's part of that: such a transaction on an empty screen, p95",
    value: percentile(times, 95),
    unit: 'ms',
    how: `${SLOWDOWN}× CPU throttle, durability strict; ${times.length} transactions, median ${(median(times) ?? 0).toFixed(1)} ms`,
  };
}

/** From a key to the list being painted, every key of every query. */
export async function searches(browser: RealBrowser, origin: string, records: string, rate: number): Promise<Figure> {
  const page = await browser.context.newPage();
  await page.addInitScript(() => {
    window.strokes = [];
    document.addEventListener(
      'input',
      (event) => {
        requestAnimationFrame(() => {
          // A message is heard after the frame has been painted.
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => window.strokes.push(performance.now() - event.timeStamp);
          port2.postMessage(0);
        });
      },
      true,
    );
  });
  await browser.context.setOffline(true);
  await page.goto(`${origin}/clients`);
  await unlock(page);
  await throttle(page, rate);
  const search = page.getByLabel('Search clients');
  await search.waitFor();
  let expected = 0;
  for (const query of QUERIES) {
    for (const key of query) {
      await search.press(key);
      expected += 1;
      await heard(page, expected);
    }
    await search.press('ControlOrMeta+a');
    await search.press('Delete');
    expected += 1;
    await heard(page, expected);
  }
  const strokes = await page.evaluate(() => window.strokes);
  await page.close();
  await browser.context.setOffline(false);
  return {
    what: `search as you type, ${records}${rate === 1 ? '' : `, ${rate}× CPU throttle`}, p95`,
    value: percentile(strokes, 95),
    unit: 'ms',
    ...(rate === 1 ? { target: { most: 50 } } : {}),
    how: `key's time stamp to the painted list; ${strokes.length} keys, median ${(median(strokes) ?? 0).toFixed(1)} ms, worst ${Math.max(...strokes).toFixed(0)} ms`,
  };
}

async function heard(page: Page, count: number): Promise<void> {
  await page.waitForFunction((strokes) => window.strokes.length >= strokes, count);
}
