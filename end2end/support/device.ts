/** A phone or a tablet: a browser context, the page that is open in it, and what its console said. */

import { expect, type BrowserContext, type Locator, type Page } from '@playwright/test';
import type { Proxy } from './proxy';
import { dataKey, openValue, rawStore, typePinWhereAsked } from './vault';
import { watchChips, watchPolicy } from './watch';

/** What lies in a person's outbox on the device. */
export interface Queued {
  op: { id: string; seq: number; body: { do: string } & Record<string, unknown> };
  state: { is: 'waiting' | 'held' | 'refused' | 'received' | 'discarded' };
}

export class Device {
  /** Errors that the console showed, on any page of this device. */
  readonly complaints: string[] = [];

  private reconnect: (() => void) | undefined;

  private constructor(
    readonly context: BrowserContext,
    public page: Page,
    private readonly proxy: Proxy | undefined,
  ) {}

  static async on(context: BrowserContext, proxy?: Proxy): Promise<Device> {
    await watchChips(context);
    await watchPolicy(context);
    const device = new Device(context, await context.newPage(), proxy);
    await device.hear(device.page);
    return device;
  }

  private async hear(page: Page): Promise<void> {
    await typePinWhereAsked(page);
    page.on('pageerror', (error) => this.complaints.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      const text = message.text();
      // The browser itself reports each failed fetch; without a network that is how things are.
      if (message.type() === 'error' && !text.startsWith('Failed to load resource')) {
        this.complaints.push(`${page.url()}: ${text}`);
      }
    });
  }

  /** The header chip, which says in words what waits. */
  chip(page = this.page): Locator {
    return page.getByRole('banner').getByRole('link', { name: /^Sync status/ });
  }

  /** Everything is at the server, and everything of the server is here. */
  async allSent(page = this.page): Promise<void> {
    await expect(this.chip(page)).toContainText('All sent', { timeout: 30_000 });
  }

  /** Another tab of the same browser. */
  async newTab(): Promise<Page> {
    const page = await this.context.newPage();
    await this.hear(page);
    return page;
  }

  /** The tab is closed without a word, and the app is started anew at an address. */
  async reopen(path: string): Promise<Page> {
    await this.page.close({ runBeforeUnload: false });
    this.page = await this.newTab();
    await this.page.goto(path);
    return this.page;
  }

  /** The tab's process dies in the middle of what it does. */
  async crash(): Promise<void> {
    const session = await this.context.newCDPSession(this.page);
    const dead = this.page.waitForEvent('crash');
    // No answer comes from a process that is gone.
    void session.send('Page.crash').catch(() => undefined);
    await dead;
    await this.page.close();
  }

  /** The browser answers for pages that the service worker controls: the app is installed. */
  async installed(): Promise<void> {
    await this.page.waitForFunction(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      return registration?.active?.state === 'activated' && navigator.serviceWorker.controller !== null;
    });
  }

  /**
   * No network for this browser. Playwright takes it from the pages; the worker, which sends envelopes, is
   * cut off at the proxy, by the cookies of this browser.
   */
  async offline(): Promise<void> {
    await this.context.setOffline(true);
    const own = (await this.context.cookies()).map(({ value }) => value);
    this.reconnect?.();
    this.reconnect = this.proxy?.rule(({ path, headers }) =>
      (path === '/api/v1/sealed' || path.startsWith('/api/v1/contents/')) && headers.some((header) => own.some((value) => header.includes(value))) ? { do: 'cut-before' } : undefined,
    );
  }

  async online(): Promise<void> {
    this.reconnect?.();
    this.reconnect = undefined;
    await this.context.setOffline(false);
  }

  /** The browser's Background Sync event, as it comes when there is a network again and the app is closed. */
  async backgroundSync(origin: string): Promise<void> {
    // Any page of the site lets one speak with the worker; this one is none of the app's.
    const bystander = await this.newTab();
    await bystander.goto('/healthz');
    const session = await this.context.newCDPSession(bystander);
    const registration = new Promise<string>((done) => {
      session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const own = registrations.find(({ scopeURL }) => scopeURL.startsWith(origin));
        if (own) done(own.registrationId);
      });
    });
    await session.send('ServiceWorker.enable');
    await session.send('ServiceWorker.dispatchSyncEvent', { origin, registrationId: await registration, tag: 'lignum-outbox', lastChance: false });
  }

  /** What the chip has said on the open page since it was loaded, each word once in its order. */
  async chips(page = this.page): Promise<string[]> {
    return page.evaluate(() => (window as unknown as { chips?: string[] }).chips ?? []);
  }

  /** The names of the databases of this browser. */
  async databases(page = this.page): Promise<string[]> {
    return page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name ?? '').sort());
  }

  /** The ids of the files that a person has on this device. */
  async files(user: string, page = this.page): Promise<string[]> {
    return page.evaluate(async (name) => {
      const database = await new Promise<IDBDatabase>((done, fail) => {
        const asked = indexedDB.open(name);
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => fail(asked.error ?? new Error('no database'));
      });
      const keys = await new Promise<IDBValidKey[]>((done, fail) => {
        const asked = database.transaction('heads').objectStore('heads').getAllKeys();
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => fail(asked.error ?? new Error('unreadable'));
      });
      database.close();
      return keys.map(String);
    }, `lignum-${user}`);
  }

  /** The outbox of a person as it lies on the disk, in the order of its numbers, opened with the PIN. */
  async outbox(user: string, page = this.page): Promise<Queued[]> {
    const { header, stores } = await rawStore(page, user);
    if (!header) throw new Error('there is no vault on this device');
    const key = await dataKey(header, user);
    return (stores.outbox ?? []).map(([, sealed]) => JSON.parse(openValue(key, ['outbox'], sealed)) as Queued);
  }
}
