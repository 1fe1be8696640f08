/** What every test starts from: a server and a network of its own spec file, and devices for people. */

import { expect, test as base, type BrowserContext, type BrowserContextOptions } from '@playwright/test';
import { Proxy } from './proxy';
import { LignumServer } from './server';
import { Device } from './device';

export interface Lignum {
  server: LignumServer;
  proxy: Proxy;
  /** The address that browsers know. */
  origin: string;
}

/** Screens of the people whom we design for. */
export const SCREENS = {
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  tablet: { viewport: { width: 820, height: 1180 }, hasTouch: true },
  desk: { viewport: { width: 1280, height: 800 } },
} satisfies Record<string, BrowserContextOptions>;

export type Screen = keyof typeof SCREENS;

interface PerWorker {
  /** Names the spec file: each has its own server, for different values make different workers. */
  suite: string;
  lignum: Lignum;
}

interface PerTest {
  /** A new device: a browser context with nothing in it. */
  device: (screen?: Screen, options?: BrowserContextOptions) => Promise<Device>;
}

export const test = base.extend<PerTest, PerWorker>({
  suite: ['', { scope: 'worker', option: true }],

  lignum: [
    async ({}, use) => {
      const proxy = await Proxy.start();
      const server = await LignumServer.start({ demo: true, publicUrl: proxy.origin });
      proxy.aim(server.port);
      await use({ server, proxy, origin: proxy.origin });
      await server.dispose();
      await proxy.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],

  device: async ({ browser, lignum }, use, info) => {
    const contexts: BrowserContext[] = [];
    const devices: Device[] = [];
    lignum.proxy.clear();
    await use(async (screen = 'phone', options = {}) => {
      const context = await browser.newContext({ ...SCREENS[screen], baseURL: lignum.origin, ...options });
      contexts.push(context);
      const device = await Device.on(context, lignum.proxy);
      devices.push(device);
      return device;
    });
    if (info.status !== info.expectedStatus) {
      await info.attach('server.log', { body: lignum.server.log, contentType: 'text/plain' });
    }
    for (const context of contexts) await context.close();
    // Whatever a test was about: an app that has panicked is dead in its person's hand.
    const panics = devices.flatMap(({ complaints }) => complaints).filter((words) => /panicked|unreachable executed|RuntimeError/.test(words));
    expect.soft(panics, 'the app panicked').toEqual([]);
    lignum.proxy.clear();
  },
});

export { expect };
