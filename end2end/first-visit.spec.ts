/** The first visit on a slow line: the page is there long before the app is. */

import { expect, test } from './support/fixtures';
import { PASSWORD } from './support/api';
import { goTo } from './support/people';
import { settled } from './support/screens';

test.use({ suite: 'first-visit' });

test('what is typed before the app has arrived stays, and never goes into an address', async ({ lignum, device }) => {
  const phone = await device();
  const { page } = phone;
  let arrive: () => void = () => undefined;
  const held = new Promise<void>((done) => (arrive = done));
  const release = lignum.proxy.rule(({ path }) => (path.endsWith('.wasm') ? { do: 'wait', for: held } : undefined));
  await page.goto('/sign-in', { waitUntil: 'commit' });
  const [username, password] = [page.getByLabel('Username', { exact: true }), page.getByLabel('Password', { exact: true })];
  await username.fill('officer');
  await password.fill(PASSWORD);
  await password.press('Enter');
  // Whatever the browser did with it: the name and the password are not in an address.
  arrive();
  release();
  await expect.poll(() => lignum.proxy.passages.some(({ path }) => path.endsWith('.wasm'))).toBe(true);
  expect(lignum.proxy.passages.filter(({ url }) => /officer|lignum-demo/.test(url)).map(({ url }) => url)).toEqual([]);
  expect(page.url()).not.toContain('?');
  // She presses the button again once the app answers, without typing anything anew.
  await expect(page.getByRole('heading', { name: 'Demo with fictional people' }).or(phone.chip())).toBeVisible();
  if (!(await phone.chip().isVisible())) {
    await expect(username).toHaveValue('officer');
    await expect(password).toHaveValue(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }
  await phone.allSent();
  // Whoever comes next to this page, which was not loaded anew, finds nothing of it.
  await goTo(page, 'Account');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(username).toHaveValue('');
  await expect(password).toHaveValue('');
});

test('a first visit at any address leads to the sign-in and then to that address', async ({ device }) => {
  const phone = await device();
  await phone.page.goto('/clients');
  await expect(phone.page.getByRole('heading', { name: 'Demo with fictional people' })).toBeVisible();
  await phone.page.getByLabel('Username', { exact: true }).fill('officer');
  await phone.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await phone.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(phone.page.getByRole('heading', { level: 1, name: 'Clients' })).toBeVisible();
  await settled(phone.page);
  await phone.allSent();
});
