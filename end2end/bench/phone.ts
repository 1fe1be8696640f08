/** A slow phone: a real profile on the disk, its processor held to a quarter. */

import { expect, type CDPSession, type Page } from '@playwright/test';
import { PASSWORD } from '../support/api';
import { RealBrowser } from '../support/browser';
import { PIN, typePinWhereAsked } from '../support/vault';

/** What the design's figures are measured at. */
export const SLOWDOWN = 4;

export async function throttle(page: Page, rate = SLOWDOWN): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate });
  return session;
}

/** Signs in on a new phone and waits until the whole caseload is on it. */
export async function fill(browser: RealBrowser, origin: string, username: string): Promise<void> {
  const page = await browser.context.newPage();
  await typePinWhereAsked(page);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${origin}/sign-in`);
  await page.getByRole('heading', { name: 'Demo with fictional people' }).waitFor();
  await page.getByLabel('Username', { exact: true }).fill(username);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('link', { name: /^Sync status: *All sent/ })).toBeVisible({ timeout: 300_000 });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.close();
}

/** Opens the installed app at an address, from a browser that has just been started, without a network. */
export async function coldStart(browser: RealBrowser, url: string): Promise<Page> {
  await browser.close();
  await browser.open();
  const page = await browser.context.newPage();
  await page.setViewportSize({ width: 360, height: 740 });
  await browser.context.setOffline(true);
  await throttle(page);
  await watchList(page);
  await page.goto(url, { waitUntil: 'commit' });
  return page;
}

/** Unlocks the app with the PIN. */
export async function unlock(page: Page): Promise<void> {
  await page.getByLabel('PIN', { exact: true }).fill(PIN);
  await page.getByRole('button', { name: 'Unlock', exact: true }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor({ timeout: 60_000 });
}

/**
 * Notes when the lock screen is drawn, when the PIN is given, and when the list of clients is drawn and its
 * search can be typed into, all counted from the navigation.
 */
async function watchList(page: Page): Promise<void> {
  await page.addInitScript(() => {
    addEventListener('submit', () => Object.assign(window, { pinAt: performance.now() }), true);
    let locked = false;
    const look = (): void => {
      if (!locked && document.getElementById('pin')) {
        locked = true;
        requestAnimationFrame(() => requestAnimationFrame(() => Object.assign(window, { lockAt: performance.now() })));
      }
      const rows = document.querySelectorAll('main ul a[href^="/clients/"]').length;
      if (rows > 0 && document.querySelector('input[type=search]')) {
        // The frame after next: what is in the document is on the glass.
        requestAnimationFrame(() => requestAnimationFrame(() => Object.assign(window, { listAt: performance.now() })));
      } else {
        requestAnimationFrame(look);
      }
    };
    if (location.protocol.startsWith('http')) look();
  });
}
