/** A screen reader's and a keyboard's view of every screen, light and dark, on phone and tablet. */

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { openFile, rareName } from './support/api';
import { expect, test } from './support/fixtures';
import { notesSaying } from './support/journal';
import { giveCredentials, signIn } from './support/people';
import { setScene, type Scene } from './support/scene';
import { SCREENS_OF, settled, show, type Role } from './support/screens';
import { PIN, tryPin, typeNoPin } from './support/vault';

test.use({ suite: 'a11y' });
test.setTimeout(300_000);

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  id: string;
  help: string;
  nodes: { target: unknown; failureSummary?: string }[];
}

/** What axe finds wrong, a line each. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (root: Document, options: object) => Promise<{ violations: Finding[] }> } };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    return (await axe.run(document, { runOnly: tags })).violations;
  });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary = '' }) => `${id}: ${help} · ${JSON.stringify(target)} · ${failureSummary.replaceAll('\n', ' ')}`));
}

/** One heading, one main part, the navigation by its name. */
async function expectLandmarks(page: Page, signedIn: boolean): Promise<void> {
  expect(await page.locator('h1:visible').count(), 'one h1').toBe(1);
  expect(await page.locator('main').count(), 'one main').toBe(1);
  if (signedIn) expect(await page.locator('nav[aria-label=Main]').count(), 'nav Main').toBe(1);
}

let scene: Scene | undefined;

for (const role of Object.keys(SCREENS_OF) as Role[]) {
  for (const screen of ['phone', 'tablet'] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`${role}, ${screen}, ${colorScheme}: axe finds nothing on any screen`, async ({ lignum, device }) => {
        const here = (scene ??= await setScene(lignum));
        const { page, ...rest } = await opened();
        const wrong: Record<string, string[]> = {};
        for (const one of SCREENS_OF[role]) {
          await test.step(one.name, async () => {
            await show(page, one, here);
            await expectLandmarks(page, role !== 'nobody');
            const found = await findings(page);
            if (found.length > 0) wrong[one.name] = found;
          });
        }
        expect(wrong).toEqual({});
        void rest;

        async function opened() {
          const phone = await device(screen, { colorScheme });
          if (role !== 'nobody') await signIn(phone, role as 'officer');
          return phone;
        }
      });
    }
  }
}

test('screens that have lost the network or the session are sound too', async ({ lignum, device }) => {
  const tablet = await device('tablet');
  await signIn(tablet, 'supervisor');
  await tablet.offline();
  for (const path of ['/cases', '/team', '/account', '/sync']) {
    await tablet.page.goto(path);
    await settled(tablet.page);
    expect(await findings(tablet.page), `${path} offline`).toEqual([]);
  }
  await tablet.online();
  await lignum.server.sql(`DELETE FROM sessions`);
  for (const path of ['/cases', '/account', '/sync']) {
    await tablet.page.goto(path);
    await settled(tablet.page);
    await expect(tablet.chip()).toContainText('Sign in to update');
    expect(await findings(tablet.page), `${path} signed out`).toEqual([]);
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`choosing a PIN, the lock screen and the cover are sound, ${colorScheme}`, async ({ device }) => {
    const phone = await device('phone', { colorScheme });
    const { page } = phone;
    await typeNoPin(page);
    await page.goto('/sign-in');
    await giveCredentials(page, 'officer');
    await expect(page.getByRole('heading', { name: 'Choose a PIN' })).toBeVisible();
    await page.getByRole('button', { name: 'Keep this PIN' }).click();
    expect(await findings(page), 'choosing, with an error').toEqual([]);
    await page.getByLabel('PIN', { exact: true }).fill(PIN);
    await page.getByLabel('PIN once more').fill(PIN);
    await page.getByRole('button', { name: 'Keep this PIN' }).click();
    await phone.allSent();
    await page.getByRole('button', { name: 'Cover the screen' }).click();
    await expect(page.getByRole('button', { name: 'Show my work' })).toBeVisible();
    expect(await findings(page), 'covered').toEqual([]);
    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await page.getByRole('button', { name: 'Forgotten your PIN?' }).click();
    await tryPin(page, '111222');
    await expect(page.locator('#pin-error')).toBeVisible();
    expect(await findings(page), 'locked, with an error').toEqual([]);
  });
}

test('at 200 % text nothing has to be scrolled sideways on a phone', async ({ lignum, device }) => {
  const here = (scene ??= await setScene(lignum));
  const phone = await device();
  await signIn(phone, 'officer');
  await phone.context.addInitScript(() => {
    const larger = (): void => document.documentElement.style.setProperty('font-size', '200%');
    document.addEventListener('DOMContentLoaded', larger);
  });
  for (const one of SCREENS_OF.officer) {
    await show(phone.page, one, here);
    const sideways = await phone.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(sideways, one.name).toBeLessThanOrEqual(0);
  }
});

test('everything that is tapped is at least 24 px, and the main buttons 44 px', async ({ lignum, device }) => {
  const here = (scene ??= await setScene(lignum));
  const phone = await device();
  await signIn(phone, 'officer');
  for (const one of SCREENS_OF.officer) {
    await show(phone.page, one, here);
    const small = await phone.page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('main button, nav[aria-label=Main] a, main a.button, main a.row, header.top a, select, input:not([type=radio],[type=checkbox]), textarea')]
        .filter((element) => element.checkVisibility() && !element.closest('.visually-hidden'))
        .map((element) => ({ words: (element.textContent ?? '').trim().slice(0, 40) || element.id, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && box.height < 44 - 0.5)
        .map(({ words, box }) => `${words}: ${Math.round(box.width)} × ${Math.round(box.height)}`),
    );
    expect(small, one.name).toEqual([]);
  }
});

test('a counsellor refers a student without a pointer', async ({ device }) => {
  const phone = await device('desk');
  const { page } = phone;
  const lastName = rareName();
  await signIn(phone, 'counsellor');
  await tabTo(page, 'Refer a student');
  await page.keyboard.press('Enter');
  await type(page, 'First name', 'Andre');
  await type(page, 'Last name', lastName);
  await tabTo(page, 'Male');
  await page.keyboard.press('Space');
  await tabTo(page, 'Date of birth');
  await page.keyboard.type('09062011');
  await pick(page, 'Educational level', 'Grades 7');
  await type(page, 'Community', 'Norwood');
  await tabTo(page, 'Next');
  await page.keyboard.press('Enter');
  await type(page, 'Reason for referral', 'He stays away from school.');
  await tabTo(page, 'Next');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Counselling');
  await page.keyboard.press('Space');
  await tabTo(page, 'Next');
  await page.keyboard.press('Enter');
  await type(page, 'Parent or guardian', `Joan ${lastName}`);
  await pick(page, 'Relation to the student', 'Mother');
  await tabTo(page, 'Signed on the paper form');
  await page.keyboard.press('Space');
  // A group is one stop of the Tab key; inside it the arrows choose.
  await tabTo(page, 'Signed on the paper form', 1);
  await page.keyboard.press('ArrowDown');
  await tabTo(page, 'Next');
  await page.keyboard.press('Enter');
  await tabTo(page, 'I confirm');
  await page.keyboard.press('Space');
  await tabTo(page, 'Send referral');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: new RegExp(`^Andre ${lastName}`) })).toBeVisible();
  await phone.allSent();
});

test('an officer writes a contact note without a pointer, and the field at fault gets the focus', async ({ lignum, device }) => {
  const phone = await device('desk');
  const { page } = phone;
  const file = await openFile(lignum.origin, 'officer');
  const narrative = `By keyboard alone, ${file.lastName}.`;
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await tabTo(page, 'Contact note');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Contact note' })).toBeVisible();
  await tabTo(page, 'Save');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('What happened')).toBeFocused();
  await page.keyboard.type(narrative);
  await tabTo(page, 'Save');
  await page.keyboard.press('Enter');
  await expect(page.getByText(narrative)).toBeVisible();
  await phone.allSent();
  expect(await notesSaying(lignum.server, narrative)).toBe(1);
});

test('signing in works by keyboard alone', async ({ device }) => {
  const phone = await device('desk');
  await phone.page.goto('/sign-in');
  await giveCredentials(phone.page, 'officer', 'not the password');
  await expect(phone.page.getByRole('alert')).toContainText('not right');
  await type(phone.page, 'Password', 'lignum-demo-2026');
  await phone.page.keyboard.press('Enter');
  await phone.allSent();
});

/** Presses Tab until something with these words has the focus; `skip` passes over the first ones. */
async function tabTo(page: Page, words: string, skip = 0, only = '*'): Promise<void> {
  let passed = 0;
  const seen: string[] = [];
  for (let presses = 0; presses < 120; presses += 1) {
    const name = await page.evaluate((only) => {
      const element = document.activeElement as HTMLInputElement | null;
      if (!element || element === document.body || !element.matches(only)) return '';
      const labels = [...(element.labels ?? [])].map((label) => label.textContent ?? '');
      return [element.getAttribute('aria-label') ?? '', ...labels, ['INPUT', 'SELECT', 'TEXTAREA'].includes(element.tagName) ? '' : (element.textContent ?? '')].join(' ').trim();
    }, only);
    seen.push(name);
    if (name.startsWith(words)) {
      if (passed === skip) return;
      passed += 1;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach “${words}”: ${[...new Set(seen)].join(' | ')}`);
}

async function type(page: Page, field: string, text: string): Promise<void> {
  await tabTo(page, field, 0, 'input, textarea');
  await page.keyboard.type(text);
}

async function pick(page: Page, field: string, option: string): Promise<void> {
  await tabTo(page, field, 0, 'select');
  // A list answers to the first letters of what is wanted.
  await page.keyboard.type(option);
}

test('a dialogue begins at its heading, not at Close', async ({ lignum, device }) => {
  const tablet = await device('tablet');
  const file = await openFile(lignum.origin, 'officer');
  await signIn(tablet, 'supervisor', `/cases/${file.client}`);
  await tablet.page.getByRole('button', { name: 'Transfer' }).click();
  const dialog = tablet.page.getByRole('dialog');
  await expect(dialog.getByRole('heading', { level: 2 }).first()).toBeFocused();
  await tablet.page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(tablet.page.getByRole('button', { name: 'Transfer' })).toBeFocused();
});
