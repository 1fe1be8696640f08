/** Who sees what: an address that is not one's own says so, and shows nothing. */

import { Caller, openFile } from './support/api';
import { expect, test } from './support/fixtures';
import { signIn } from './support/people';
import { settled } from './support/screens';

test.use({ suite: 'access' });

test('an officer does not see another officer’s client, also not by its address', async ({ lignum, device }) => {
  const file = await openFile(lignum.origin, 'officer2');
  const phone = await device();
  await signIn(phone, 'officer');
  for (const path of [`/clients/${file.client}`, `/clients/${file.client}/notes`, `/clients/${file.client}/profile`, `/record/${file.client}`]) {
    await phone.page.goto(path);
    await expect(phone.page.getByText('This file is not among yours'), path).toBeVisible();
    await expect(phone.page.getByText(file.lastName)).toHaveCount(0);
  }
  await phone.page.goto('/clients');
  await phone.page.getByLabel('Search clients').fill(file.lastName);
  await expect(phone.page.getByRole('link', { name: new RegExp(`^${file.fullName}`) })).toHaveCount(0);
});

const STRANGERS: [account: 'counsellor' | 'officer' | 'supervisor' | 'admin', paths: string[]][] = [
  ['counsellor', ['/clients', '/record', '/cases', '/team', '/sites']],
  ['officer', ['/cases', '/team', '/sites']],
  ['supervisor', ['/clients', '/record', '/sites', '/refer']],
  ['admin', ['/clients', '/record', '/cases', '/team', '/refer']],
];

for (const [account, paths] of STRANGERS) {
  test(`${account}: the screens of other roles are not there, and are not offered`, async ({ device }) => {
    const phone = await device('tablet');
    await signIn(phone, account);
    for (const path of paths) {
      await phone.page.goto(path);
      await expect(phone.page.getByText('This page was not found.'), path).toBeVisible();
      const offered = await phone.page.getByRole('navigation', { name: 'Main' }).getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
      expect(offered).not.toContain(path);
    }
  });
}

test('an administrator’s device and screens hold no casework', async ({ lignum, device }) => {
  const file = await openFile(lignum.origin, 'officer');
  const phone = await device('tablet');
  await signIn(phone, 'admin');
  for (const path of ['/', '/sites', `/clients/${file.client}`, `/cases/${file.client}`, `/referrals/${file.referral}`]) {
    await phone.page.goto(path);
    await settled(phone.page);
    await expect(phone.page.getByText(file.lastName), path).toHaveCount(0);
  }
  const admin = await Caller.signIn(lignum.origin, 'admin');
  const { changes = [] } = await admin.sync();
  expect(changes.filter(({ t }) => ['client', 'note', 'referral', 'colleagues'].includes(t))).toEqual([]);
});

test('a counsellor sees the status of a referral and nothing of the file', async ({ lignum, device }) => {
  const file = await openFile(lignum.origin, 'officer');
  const phone = await device();
  await signIn(phone, 'counsellor', `/referrals/${file.referral}`);
  await expect(phone.page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
  await expect(phone.page.getByRole('main')).toContainText('Assigned');
  for (const path of [`/clients/${file.client}`, `/cases/${file.client}`]) {
    await phone.page.goto(path);
    await expect(phone.page.getByText('This page was not found.')).toBeVisible();
  }
});

test('what the server functions tell depends on the session, not on the screen', async ({ lignum }) => {
  const file = await openFile(lignum.origin, 'officer');
  for (const username of ['counsellor', 'officer', 'admin']) {
    const { cookie } = await Caller.signIn(lignum.origin, username);
    for (const [path, body] of [
      ['case-file', { client: file.client }],
      ['search-cases', { query: { query: file.lastName } }],
      ['team', {}],
    ] as const) {
      const answer = await fetch(`${lignum.origin}/api/desk/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie },
        body: JSON.stringify(body),
      });
      expect(answer.status, `${username} ${path}`).toBeGreaterThanOrEqual(400);
      expect(answer.status, `${username} ${path}`).toBeLessThan(500);
      expect(await answer.text()).not.toContain(file.lastName);
    }
  }
});

test('nobody who is signed out sees anything, and is asked to sign in', async ({ lignum, device }) => {
  const file = await openFile(lignum.origin, 'officer');
  const phone = await device();
  for (const path of ['/', '/clients', `/clients/${file.client}`, '/cases', '/account', '/sync']) {
    await phone.page.goto(path);
    await expect(phone.page.getByLabel('Username', { exact: true }), path).toBeVisible();
    await expect(phone.page.getByText(file.lastName)).toHaveCount(0);
  }
});
