/** A new version of the app, as a release of the server brings it. */

import { expect, type Page } from '@playwright/test';
import type { Lignum } from './fixtures';

/** The service worker's page of the next version. */
export async function nextWorker(origin: string): Promise<string> {
  const now = await (await fetch(`${origin}/sw.js`)).text();
  const next = now.replace(/const VERSION = "([^"]*)"/, 'const VERSION = "$1-next"');
  expect(next, 'sw.js names its version').not.toBe(now);
  return next;
}

/** From now on the network serves a new version; waits until the browser has fetched it whole. */
export async function serveNewVersion(lignum: Lignum, page: Page): Promise<void> {
  const body = await nextWorker(lignum.origin);
  lignum.proxy.rule(({ path }) =>
    path === '/sw.js'
      ? { do: 'answer', status: 200, headers: { 'content-type': 'text/javascript', 'cache-control': 'no-cache' }, body }
      : undefined,
  );
  // The app itself looks for updates when it comes to the front.
  await page.evaluate(() => window.dispatchEvent(new Event('pageshow')));
  await page.waitForFunction(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    return registration?.waiting?.state === 'installed';
  });
}
