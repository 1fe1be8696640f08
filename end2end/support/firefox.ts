/**
 * The second engine: the machine's own Firefox, with a profile on the disk. Playwright drives only a Firefox
 * of its own making, so this one is spoken to by WebDriver BiDi.
 */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { FIREFOX, until } from './places';
import { PIN } from './vault';

/** Patience with a slow machine. */
const PATIENCE = 60_000;

export class Firefox {
  private browser: Browser | undefined;
  private open: Page | undefined;

  private constructor(private readonly profile: string) {}

  /** A browser that was never used before. */
  static async install(): Promise<Firefox> {
    const firefox = new Firefox(mkdtempSync(join(tmpdir(), 'lignum-firefox-')));
    await firefox.start();
    return firefox;
  }

  async start(): Promise<void> {
    this.browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: FIREFOX,
      userDataDir: this.profile,
      headless: true,
      defaultViewport: { width: 360, height: 740 },
      extraPrefsFirefox: { 'intl.accept_languages': 'en-JM, en', 'dom.disable_beforeunload': true },
    });
    this.open = await this.browser.newPage();
    this.open.setDefaultTimeout(PATIENCE);
  }

  /** Ends it as an empty battery does. */
  async kill9(): Promise<void> {
    const child = this.browser?.process();
    const gone = new Promise((done) => child?.once('exit', done));
    child?.kill('SIGKILL');
    await gone;
    await this.browser?.close().catch(() => undefined);
    this.browser = undefined;
    // Who drives it puts the profile's settings back as they were, after it has gone.
    const isTidied = (): true | undefined => (readdirSync(this.profile).some((file) => file.endsWith('.puppeteer')) ? undefined : true);
    await until('the profile is as it was', isTidied);
  }

  async dispose(): Promise<void> {
    await this.browser?.close();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  get page(): Page {
    if (!this.open) throw new Error('Firefox is not open');
    return this.open;
  }

  async goto(url: string): Promise<void> {
    await this.page.goto(url, { timeout: PATIENCE });
  }

  async fill(id: string, text: string): Promise<void> {
    await this.page.locator(`#${id}`).fill(text);
  }

  /** Taps what has these words on it. */
  async tap(words: string): Promise<void> {
    await this.page.locator(`::-p-xpath(//*[self::button or self::a][normalize-space()="${words}"])`).click();
  }

  /** Waits until these words can be read, anywhere or in one place. */
  async reads(words: string, place = 'body'): Promise<void> {
    const shown = (at: string, wanted: string): boolean => document.querySelector<HTMLElement>(at)?.innerText.includes(wanted) === true;
    await this.page.waitForFunction(shown, { timeout: PATIENCE }, place, words).catch(async () => {
      const there = await this.page.evaluate(() => document.body.innerText);
      throw new Error(`“${words}” is not to be read in ${place}; there stands:\n${there}`);
    });
  }

  async unlock(): Promise<void> {
    await this.reads('Locked. Your work is safe');
    await this.fill('pin', PIN);
    await this.tap('Unlock');
  }

  /** The browser answers for pages that the service worker controls: the app is installed. */
  async installed(): Promise<void> {
    await this.page.waitForFunction(
      async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        return registration?.active?.state === 'activated' && navigator.serviceWorker.controller !== null;
      },
      { timeout: PATIENCE },
    );
  }
}
