/** Each device tells how it does: its person and the region's supervisor see it, and what Lignum uses is shown. */

import { openFile } from './support/api';
import { expect, test } from './support/fixtures';
import { signIn, writeNote } from './support/people';

test.use({ suite: 'devices' });

test('a phone is in its person’s list and in the supervisor’s, and nothing in them names a client', async ({ lignum, device }) => {
  const [phone, tablet] = [await device(), await device('tablet')];
  const file = await openFile(lignum.origin, 'officer');
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await writeNote(phone.page, { narrative: `Met at the gate, ${file.lastName}.` });
  await phone.allSent();
  await phone.page.goto('/account');
  const own = phone.page.getByRole('main').getByRole('listitem').filter({ hasText: 'Chrome on Linux · this device' });
  await expect(own).toContainText(/Last sync: .* · nothing waited to be sent · .* used/);
  await expect(own).toContainText(/Lignum \d+\.\d+\.\d+/);

  await signIn(tablet, 'supervisor', '/team');
  await expect(tablet.page.getByRole('heading', { name: 'Phones and tablets' })).toBeVisible();
  const seen = tablet.page.getByRole('listitem').filter({ hasText: '· Chrome on Linux' }).first();
  await expect(seen).toContainText('nothing waited to be sent');
  const team = await tablet.page.getByRole('main').innerText();
  expect(team).not.toContain(file.lastName);
  // A device of the demonstration that last spoke two days ago, with something on it.
  await expect(tablet.page.getByText(/2 items were not sent then; the oldest: /)).toBeVisible();

  await tablet.offline();
  await tablet.page.reload();
  await expect(tablet.page.getByText("The team's overview needs a network")).toBeVisible();
});

test('the data that sending takes is counted and shown, also after a restart', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await phone.allSent();
  const figure = async (name: string): Promise<number> => {
    await phone.page.goto('/sync');
    const shown = phone.page.getByRole('main').locator('dl > div').filter({ hasText: name }).locator('dd');
    await expect(shown).toBeVisible();
    const words = await shown.innerText();
    const [number, unit] = words.split(' ');
    return Number(number) * ({ bytes: 1, kB: 1_000, MB: 1_000_000 }[unit ?? ''] ?? Number.NaN);
  };
  const before = await figure('Data, this month');
  expect(before).toBeGreaterThan(500);
  await phone.page.goto(`/clients/${file.client}`);
  await writeNote(phone.page, { narrative: 'Long. '.repeat(3_000) });
  await phone.allSent();
  expect(await figure('Data, this month')).toBeGreaterThan(before + 18_000);
  // What is not in the person's month is not made up.
  expect(await figure('Data, the month before')).toBe(0);
});

test('when little room is left a banner says so, and goes when there is room again', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await phone.allSent();
  const banner = phone.page.getByText('This phone has little room left');
  await expect(banner).toBeHidden();
  // Chrome tells a made-up limit far away, whatever the disk; what another browser tells is put in its place.
  await phone.page.evaluate(() => {
    navigator.storage.estimate = () => Promise.resolve({ usage: 95_000_000, quota: 100_000_000 });
  });
  await phone.chip().click();
  await phone.page.getByRole('button', { name: 'Send now' }).click();
  await expect(banner).toBeVisible();
  await expect(phone.page.getByText('95.0 MB of 100.0 MB')).toBeVisible();
  await phone.page.evaluate(() => {
    navigator.storage.estimate = () => Promise.resolve({ usage: 60_000_000, quota: 100_000_000 });
  });
  await phone.page.getByRole('button', { name: 'Send now' }).click();
  await expect(banner).toBeHidden();
});
