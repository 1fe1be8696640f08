/** Every screen of every role, and how to bring it up: for the looks, the screen reader and the policy. */

import { expect, type Page } from '@playwright/test';
import { fillReferral, saveButton } from './people';
import type { Scene } from './scene';

export type Role = 'counsellor' | 'officer' | 'supervisor' | 'admin' | 'newcomer' | 'nobody';

export interface Screen {
  /** For file names and messages. */
  name: string;
  path: (scene: Scene) => string;
  /** What is done after the page is there. */
  then?: (page: Page, scene: Scene) => Promise<void>;
}

function at(name: string, path: string | ((scene: Scene) => string), then?: Screen['then']): Screen {
  return { name, path: typeof path === 'string' ? () => path : path, ...(then ? { then } : {}) };
}

function press(name: string): (page: Page) => Promise<void> {
  return async (page) => {
    await page.getByRole('main').getByRole('button', { name, exact: true }).first().click();
    await expect(page.getByRole('dialog')).toBeVisible();
  };
}

async function submitEmpty(page: Page): Promise<void> {
  await saveButton(page).click();
  await expect(page.locator('[aria-invalid=true], .field-error').first()).toBeVisible();
}

const EVERYBODY = [at('account', '/account'), at('sync', '/sync'), at('not-here', '/no/such/screen')];

export const SCREENS_OF: Record<Role, Screen[]> = {
  nobody: [
    at('sign-in', '/sign-in'),
    at('sign-in-refused', '/sign-in', async (page) => {
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expect(page.getByRole('alert')).toBeVisible();
    }),
  ],
  counsellor: [
    at('home', '/'),
    at('refer-student', '/refer'),
    at('refer-errors', '/refer', async (page) => {
      await page.getByRole('button', { name: 'Next', exact: true }).click();
      await expect(page.locator('.field-error').first()).toBeVisible();
    }),
    ...['Why', 'What was tried', 'Parent or guardian', 'Check and send'].map((step, index) =>
      at(`refer-step-${index + 2}`, '/refer', async (page) => {
        await page.getByRole('button', { name: step, exact: true }).click();
      }),
    ),
    at('refer-check', '/refer', async (page) => {
      await fillReferral(page, { firstName: 'Andre', lastName: 'Barrett', reason: 'He stays away and was seen with a knife.' });
    }),
    at('referral', (scene) => `/referrals/${scene.open}`),
    at('referral-asked', (scene) => `/referrals/${scene.asked}`),
    at('referral-declined', (scene) => `/referrals/${scene.declined}`),
    at('concern', '/concern'),
    ...EVERYBODY,
  ],
  officer: [
    at('today', '/'),
    at('clients', '/clients'),
    at('clients-nobody-found', '/clients', async (page) => {
      await page.getByLabel('Search clients').fill('qqqqqqqq');
      await expect(page.getByText('Nobody found')).toBeVisible();
    }),
    at('client', (scene) => `/clients/${scene.file.client}`),
    at('client-notes', (scene) => `/clients/${scene.file.client}/notes`),
    at('client-file', (scene) => `/clients/${scene.file.client}/file`),
    at('client-file-picture', (scene) => `/clients/${scene.file.client}/file`, async (page) => {
      await page.getByRole('button', { name: /^Show / }).first().click();
      await expect(page.getByRole('dialog').getByRole('img')).toBeVisible();
    }),
    at('attach', (scene) => `/clients/${scene.file.client}/attach`),
    at('attach-signature', (scene) => `/clients/${scene.file.client}/attach`, async (page) => {
      await page.getByRole('radio', { name: 'Signature', exact: true }).check();
      await submitEmpty(page);
    }),
    at('client-profile', (scene) => `/clients/${scene.file.client}/profile`),
    at('client-not-mine', '/clients/00000000-0000-7000-8000-000000000000'),
    at('record', '/record'),
    at('record-contact', (scene) => `/record/${scene.file.client}`),
    at('record-contact-errors', (scene) => `/record/${scene.file.client}`, submitEmpty),
    at('intake', '/refer'),
    at('concern', '/concern'),
    ...EVERYBODY,
  ],
  newcomer: [at('today-empty', '/'), at('clients-empty', '/clients'), at('record-empty', '/record')],
  supervisor: [
    at('referrals', '/'),
    at('referrals-decided', '/?show=decided'),
    at('referral', (scene) => `/referrals/${scene.open}`),
    at('referral-declined', (scene) => `/referrals/${scene.declined}?show=decided`),
    ...(['Accept', 'Ask for information', 'Not eligible', 'Refer elsewhere'] as const).map((act) =>
      at(`referral-${act.toLowerCase().replaceAll(' ', '-')}`, (scene) => `/referrals/${scene.open}`, press(act)),
    ),
    at('cases', '/cases'),
    at('cases-nobody-found', '/cases', async (page) => {
      await page.getByLabel('Search clients').fill('qqqqqqqqqqqq');
      await expect(page.getByText(/Nobody found|Nobody has exactly/)).toBeVisible();
    }),
    at('case', (scene) => `/cases/${scene.file.client}`),
    at('case-transfer', (scene) => `/cases/${scene.file.client}`, press('Transfer')),
    at('team', '/team'),
    ...EVERYBODY,
  ],
  admin: [
    at('users', '/'),
    at('users-add', '/', press('Add a user')),
    at('users-edit', '/', async (page) => {
      await page.getByRole('button', { name: /^Edit/ }).first().click();
      await expect(page.getByRole('dialog')).toBeVisible();
    }),
    at('sites', '/sites'),
    at('sites-add', '/sites', async (page) => {
      await page.getByRole('main').getByRole('button', { name: /^Add/ }).first().click();
      await expect(page.getByRole('dialog')).toBeVisible();
    }),
    ...EVERYBODY,
  ],
};

/** Brings up a screen and waits until it has settled. */
export async function show(page: Page, screen: Screen, scene: Scene): Promise<void> {
  await page.goto(screen.path(scene));
  await settled(page);
  await screen.then?.(page, scene);
  await settled(page);
}

/** Nothing is being read any more. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
  await expect(page.getByText('Reading…')).toHaveCount(0);
  await expect(page.getByText('Searching…')).toHaveCount(0);
}
