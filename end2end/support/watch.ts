/** Scripts that the browser runs before any page's own: they watch and change nothing. */

import type { BrowserContext, Page } from '@playwright/test';

/** Notes every word that the header chip says, so that a false "All sent" between two looks is seen. */
export async function watchChips(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const said: string[] = [];
    Object.assign(window, { chips: said });
    const look = (): void => {
      const chip = [...document.querySelectorAll('a')].find((link) => link.textContent?.startsWith('Sync status'));
      const words = chip?.textContent?.replace(/^Sync status:?\s*/, '').trim();
      if (words && words !== said.at(-1)) said.push(words);
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  });
}

/** Notes what the content security policy forbade. */
export async function watchPolicy(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const violations: string[] = [];
    Object.assign(window, { violations });
    document.addEventListener('securitypolicyviolation', (event) => {
      violations.push(`${event.violatedDirective}: ${event.blockedURI || 'inline'} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
}

export async function violations(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { violations?: string[] }).violations ?? []);
}

/** The device's clock is wrong by so many days, on every page from now on. */
export async function shiftClock(context: BrowserContext, days: number): Promise<void> {
  await context.addInitScript((milliseconds) => {
    const Real = Date;
    const now = (): number => Real.now() + milliseconds;
    globalThis.Date = new Proxy(Real, {
      construct: (target, values: [], self) => Reflect.construct(target, values.length ? values : [now()], self) as object,
      apply: () => new Real(now()).toString(),
      get: (target, key, self) => (key === 'now' ? now : (Reflect.get(target, key, self) as unknown)),
    });
  }, days * 86_400_000);
}
