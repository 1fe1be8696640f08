/**
 * A finger or a face instead of the PIN: with the authenticator that Chromium pretends to have.
 */

import type { CDPSession } from '@playwright/test';
import { Caller, openFile } from './support/api';
import type { Device } from './support/device';
import { expect, test } from './support/fixtures';
import { signIn, writeNote } from './support/people';
import { PIN, expectLocked, rawStore, tryPin, typeNoPin } from './support/vault';

test.use({ suite: 'passkey' });
test.setTimeout(120_000);

interface Finger {
  /** From now on it is another's finger. The pretended authenticator does not forgive that, so it is the last. */
  stranger: () => Promise<void>;
  /** The person takes the passkey off this phone, in its own settings. */
  removed: () => Promise<void>;
  /** The sensor itself is taken out. */
  gone: () => Promise<void>;
}

/** A phone that knows its person's finger. */
async function finger(phone: Device, gives = true): Promise<Finger> {
  const session: CDPSession = await phone.context.newCDPSession(phone.page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      hasPrf: gives,
    },
  });
  return {
    stranger: async () => {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    },
    removed: async () => {
      await session.send('WebAuthn.clearCredentials', { authenticatorId });
    },
    gone: async () => {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    },
  };
}

/** Passkeys belong to names: the same server under one. */
const named = (origin: string): string => origin.replace('127.0.0.1', 'localhost');

test('a finger unlocks as well, without a network; another finger does not, and the PIN always does', async ({ lignum, device }) => {
  const phone = await device('phone', { baseURL: named(lignum.origin) });
  const { page } = phone;
  const other = await finger(phone);
  const file = await openFile(lignum.origin, 'officer');
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  await signIn(phone, 'officer', '/account');
  await phone.installed();
  await typeNoPin(page);

  const wanted = page.getByLabel('Unlock with fingerprint or face as well');
  await other.stranger();
  await wanted.click();
  await expect(page.getByRole('alert')).toContainText('was not taken');
  await expect(wanted).not.toBeChecked();
  await other.gone();
  const own = await finger(phone);
  await wanted.click();
  await expect(wanted).toBeChecked();
  await expect.poll(async () => (await rawStore(page, user)).header).toHaveProperty('passkey');

  await phone.offline();
  await page.goto(`/clients/${file.client}`);
  await expectLocked(page);
  const use = page.getByRole('button', { name: 'Use fingerprint or face' });
  await use.click();
  await expect(page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
  await writeNote(page, { narrative: 'Opened with a finger' });
  await phone.online();
  await phone.allSent();

  await page.getByRole('button', { name: 'Lock', exact: true }).click();
  await expectLocked(page);
  await own.stranger();
  await use.click();
  await expect(page.getByRole('alert')).toContainText('use your PIN');
  await expectLocked(page);
  // A finger that is not known is no wrong PIN.
  expect((await rawStore(page, user)).header).toHaveProperty('tries.wrong', 0);
  await tryPin(page, PIN);
  await expect(page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
  await page.goto('/account');
  await tryPin(page, PIN);
  await wanted.uncheck();
  await expect.poll(async () => (await rawStore(page, user)).header).not.toHaveProperty('passkey');
  await page.getByRole('button', { name: 'Lock', exact: true }).click();
  await expectLocked(page);
  await expect(use).toHaveCount(0);
});

test('wrong PINs are forgiven by the right finger; another PIN keeps it; a passkey that is gone leaves the PIN', async ({ lignum, device }) => {
  const phone = await device('phone', { baseURL: named(lignum.origin) });
  const { page } = phone;
  const own = await finger(phone);
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  await signIn(phone, 'officer', '/account');
  await typeNoPin(page);
  const wanted = page.getByLabel('Unlock with fingerprint or face as well');
  await wanted.click();
  await expect.poll(async () => (await rawStore(page, user)).header).toHaveProperty('passkey');

  await page.getByText('Change PIN', { exact: true }).first().click();
  await page.getByLabel('Present PIN').fill(PIN);
  await page.getByLabel('PIN', { exact: true }).fill('592740');
  await page.getByLabel('PIN once more').fill('592740');
  await page.getByRole('button', { name: 'Change PIN' }).click();
  await expect(page.getByText('Your PIN is changed')).toBeVisible();
  const lock = page.getByRole('button', { name: 'Lock', exact: true });
  await lock.click();
  await expectLocked(page);
  await tryPin(page, PIN);
  await expect(page.locator('#pin-error')).toContainText('not the PIN');
  await page.getByRole('button', { name: 'Use fingerprint or face' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Account' })).toBeVisible();
  expect((await rawStore(page, user)).header).toHaveProperty('tries.wrong', 0);

  await own.removed();
  await lock.click();
  await expectLocked(page);
  await page.getByRole('button', { name: 'Use fingerprint or face' }).click();
  await expect(page.getByRole('alert')).toContainText('use your PIN');
  await tryPin(page, '592740');
  await expect(page.getByRole('heading', { level: 1, name: 'Account' })).toBeVisible();
});

test('a device whose passkeys hold no key is asked for the PIN alone', async ({ lignum, device }) => {
  const phone = await device('phone', { baseURL: named(lignum.origin) });
  await finger(phone, false);
  await signIn(phone, 'officer', '/account');
  await typeNoPin(phone.page);
  const wanted = phone.page.getByLabel('Unlock with fingerprint or face as well');
  if (await wanted.isVisible()) {
    await wanted.click();
    await expect(phone.page.getByRole('alert')).toContainText('The PIN does it');
    await expect(wanted).not.toBeChecked();
  }
  // Under a number no browser has passkeys: nothing is offered that would fail.
  const other = await device('phone');
  await finger(other);
  await signIn(other, 'officer', '/account');
  await expect(other.page.getByRole('button', { name: 'Lock now' })).toBeVisible();
  await expect(other.page.getByLabel('Unlock with fingerprint or face as well')).toHaveCount(0);
});
