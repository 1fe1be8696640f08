/**
 * A browser with a profile on the disk, as on a real phone: it can be killed as a whole and opened again.
 * Playwright's own contexts live in memory and end with their browser.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext } from '@playwright/test';
import { CHROMIUM, CHROMIUM_ARGUMENTS } from './places';

/** What a phone's browser has and a test's does not matter to: no crash bubbles, no key ring. */
const ARGUMENTS = ['--headless=new', '--password-store=basic', '--hide-crash-restore-bubble', '--lang=en-GB'];

export class RealBrowser {
  private child: ChildProcess | undefined;
  private browser: Browser | undefined;
  /** Where scripts from outside speak with it. */
  debugPort = 0;

  private constructor(private readonly profile: string) {}

  /** A browser that was never used before. */
  static async install(): Promise<RealBrowser> {
    const browser = new RealBrowser(mkdtempSync(join(tmpdir(), 'lignum-profile-')));
    await browser.open();
    return browser;
  }

  /** Where everything lies that it keeps. */
  get folder(): string {
    return this.profile;
  }

  /** The one context, which is the profile on the disk. */
  get context(): BrowserContext {
    const context = this.browser?.contexts()[0];
    if (!context) throw new Error('the browser is not open');
    return context;
  }

  async open(): Promise<void> {
    const child = spawn(
      CHROMIUM,
      [...CHROMIUM_ARGUMENTS, ...ARGUMENTS, '--remote-debugging-port=0', `--user-data-dir=${this.profile}`, 'about:blank'],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.child = child;
    const address = await new Promise<string>((done, fail) => {
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
        if (found) done(found);
      });
      child.once('exit', (code) => fail(new Error(`Chromium ended (${String(code)}):\n${said}`)));
    });
    this.debugPort = Number(new URL(address).port);
    this.browser = await chromium.connectOverCDP(address);
  }

  /** Ends it in order: what it holds back is written. */
  async close(): Promise<void> {
    const session = await this.browser?.newBrowserCDPSession();
    await this.ended(() => void session?.send('Browser.close').catch(() => undefined));
  }

  /** Ends it as an empty battery does. */
  async kill9(): Promise<void> {
    await this.ended(() => this.child?.kill('SIGKILL'));
  }

  private async ended(end: () => void): Promise<void> {
    const child = this.child;
    if (!child) return;
    const gone = new Promise((done) => child.once('exit', done));
    end();
    const slow = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await gone;
    clearTimeout(slow);
    await this.browser?.close().catch(() => undefined);
    this.child = undefined;
    this.browser = undefined;
  }

  async dispose(): Promise<void> {
    if (this.child) await this.close();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
