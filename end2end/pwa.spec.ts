/** The installed app: starts without a network, keeps nothing readable that it should not, breaks no policy. */

import type { Page } from '@playwright/test';
import { Caller, openFile } from './support/api';
import { expect, test } from './support/fixtures';
import { choose, giveCredentials, signIn, signOut } from './support/people';
import { setScene } from './support/scene';
import { SCREENS_OF, settled, show, type Role } from './support/screens';
import { violations } from './support/watch';

test.use({ suite: 'pwa' });
test.setTimeout(240_000);

interface Manifest {
  name: string;
  short_name: string;
  start_url: string;
  scope: string;
  display: string;
  theme_color: string;
  background_color: string;
  icons: { src: string; sizes: string; type: string; purpose?: string }[];
}

test('the manifest makes it installable, and its icons are what it says', async ({ device }) => {
  const phone = await device();
  await phone.page.goto('/sign-in');
  await phone.installed();
  const manifest = await phone.page.evaluate(async () => (await (await fetch('/manifest.webmanifest')).json()) as Manifest);
  expect(manifest).toMatchObject({ short_name: 'Lignum', display: 'standalone' });
  expect(manifest.name).toContain('Lignum');
  expect(manifest.start_url.startsWith('/')).toBe(true);
  const purposes = manifest.icons.flatMap(({ purpose = 'any' }) => purpose.split(' '));
  expect(purposes).toEqual(expect.arrayContaining(['any', 'maskable']));
  expect(manifest.icons.flatMap(({ sizes }) => sizes.split(' '))).toEqual(expect.arrayContaining(['192x192', '512x512']));
  for (const { src, sizes, type } of manifest.icons) {
    const icon = await phone.page.evaluate(async (path) => {
      const answer = await fetch(path);
      const image = new Image();
      image.src = path;
      await image.decode();
      return { type: answer.headers.get('content-type'), width: image.naturalWidth, height: image.naturalHeight };
    }, src);
    expect(icon.type, src).toBe(type);
    if (sizes !== 'any') expect(`${icon.width}x${icon.height}`, src).toBe(sizes);
  }
  const session = await phone.context.newCDPSession(phone.page);
  const { installabilityErrors } = (await session.send('Page.getInstallabilityErrors' as never)) as { installabilityErrors: { errorId: string }[] };
  // A test's browser context is a private window, in which nothing is ever installed.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
});

test('the first visit is enough: afterwards every address starts without a network or a server', async ({ lignum, device }) => {
  const file = await openFile(lignum.origin, 'officer');
  const phone = await device();
  await signIn(phone, 'officer');
  await phone.offline();
  lignum.proxy.down();
  for (const [path, heading] of [
    ['/', 'Today'],
    ['/clients', 'Clients'],
    [`/clients/${file.client}`, file.fullName],
    [`/clients/${file.client}/notes`, file.fullName],
    [`/record/${file.client}`, 'Contact note'],
    ['/record', 'Record'],
    ['/sync', 'Sync status'],
    ['/account', 'Account'],
    ['/concern', 'Report a concern'],
    ['/clients?from=shortcut', 'Clients'],
  ] as const) {
    await phone.reopen(path);
    await expect(phone.page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await settled(phone.page);
  }
  await expect(phone.chip()).toContainText('All sent');
  expect(phone.complaints).toEqual([]);
});

test('a counsellor’s device starts without a network too, and a referral begun there is resumed', async ({ lignum, device }) => {
  const phone = await device();
  await signIn(phone, 'counsellor');
  await phone.offline();
  lignum.proxy.down();
  await phone.reopen('/');
  await phone.page.getByRole('link', { name: 'Refer a student' }).click();
  await phone.page.getByLabel('First name').fill('Begun');
  await phone.page.getByLabel('Last name').fill('Before Assembly');
  await expect(phone.page.getByText('Draft kept')).toBeVisible();
  await phone.reopen('/');
  await phone.page.getByRole('link', { name: /^Begun Before Assembly/ }).click();
  await expect(phone.page.getByLabel('First name')).toHaveValue('Begun');
  await expect(phone.page.getByLabel('Last name')).toHaveValue('Before Assembly');
});

test('what the browser keeps: files of the build and an empty shell, one store a person, no name in the open', async ({ lignum, device }) => {
  const file = await openFile(lignum.origin, 'officer');
  const phone = await device();
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await expect(phone.page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
  await phone.page.reload();
  await expect(phone.page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
  const cached = await phone.page.evaluate(async () => {
    const entries: { path: string; type: string; text: string }[] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const answer = await cache.match(request);
        const type = answer?.headers.get('content-type') ?? '';
        entries.push({ path: new URL(request.url).pathname, type, text: /text|json|script/.test(type) ? ((await answer?.text()) ?? '') : '' });
      }
    }
    return entries;
  });
  expect(cached.length).toBeGreaterThan(3);
  const pages = cached.filter(({ type }) => type.includes('text/html'));
  expect(pages.map(({ path }) => path)).toEqual(['/app-shell']);
  expect(pages[0]?.text).toContain('name="app-shell"');
  expect(pages[0]?.text).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
  expect(pages[0]?.text).toMatch(/<body[^>]*><\/body>/);
  expect(cached.filter(({ path }) => path.startsWith('/api'))).toEqual([]);
  const me = await Caller.signIn(lignum.origin, 'officer');
  for (const { path, text } of cached) {
    for (const word of [file.lastName, me.user.name, me.user.id]) expect(text.includes(word), `${path} has ${word}`).toBe(false);
  }

  const kept = await phone.page.evaluate(() => ({ local: { ...localStorage }, session: { ...sessionStorage } }));
  const known = ['lignum.user', 'lignum.touched', 'lignum.lock-after', 'lignum.theme', 'lignum.text'];
  expect(Object.keys(kept.local).filter((key) => !known.includes(key))).toEqual([]);
  for (const word of ['officer', file.lastName, me.user.name]) expect(JSON.stringify(kept.local)).not.toContain(word);
  expect(JSON.parse(kept.local['lignum.user'] ?? '""')).toBe(me.user.id);
  expect(kept.session).toEqual({});

  const other = await Caller.signIn(lignum.origin, 'officer2');
  await signOut(phone);
  await signIn(phone, 'officer2');
  const stores = [me.user.id, other.user.id].map((id) => `lignum-${id}`).sort();
  expect((await phone.databases()).filter((name) => name.startsWith('lignum'))).toEqual(stores);
  // What is left of the first person is the outbox, in a store of its own: not a single file.
  const left = await phone.page.evaluate(async (name) => {
    const database = await new Promise<IDBDatabase>((done) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result);
    });
    const counted = await Promise.all(
      ['heads', 'bodies'].map((store) => new Promise<number>((done) => {
        const asked = database.transaction(store).objectStore(store).count();
        asked.onsuccess = () => done(asked.result);
      })),
    );
    database.close();
    return counted;
  }, `lignum-${me.user.id}`);
  expect(left).toEqual([0, 0]);
});

test('the address of a page never carries what was typed or who it is about', async ({ lignum, device }) => {
  const file = await openFile(lignum.origin, 'officer');
  const phone = await device();
  await signIn(phone, 'officer', '/clients');
  await phone.page.getByLabel('Search clients').fill(file.lastName);
  await phone.page.getByRole('link', { name: new RegExp(`^${file.fullName}`) }).click();
  await expect(phone.page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
  const tablet = await device('tablet');
  await signIn(tablet, 'supervisor', '/cases');
  await tablet.page.getByLabel('Search clients').fill(file.lastName);
  await tablet.page.getByRole('link', { name: new RegExp(`^${file.fullName}`) }).click();
  await expect(tablet.page.getByRole('heading', { level: 1, name: file.fullName })).toBeVisible();
  const addresses = lignum.proxy.passages.map(({ path }) => path);
  expect(addresses.filter((path) => path.toLowerCase().includes(file.lastName.toLowerCase()))).toEqual([]);
  expect(lignum.server.log).not.toContain(file.lastName);
});

test('documents carry a strict policy and are not stored', async ({ lignum }) => {
  for (const path of ['/', '/sign-in', '/clients', '/app-shell']) {
    const answer = await fetch(`${lignum.origin}${path}`, { headers: { accept: 'text/html' } });
    expect(answer.status, path).toBe(200);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy, path).toContain(`default-src 'none'`);
    expect(policy, path).toContain(`frame-ancestors 'none'`);
    expect(policy, path).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
    if (path !== '/app-shell') {
      expect(policy, path).toMatch(/'nonce-[^']{16,}'/);
      expect(answer.headers.get('cache-control'), path).toContain('no-store');
    }
    expect(answer.headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(answer.headers.get('referrer-policy'), path).toBe('no-referrer');
    expect(answer.headers.get('cross-origin-opener-policy'), path).toBe('same-origin');
  }
  const [first, second] = await Promise.all([1, 2].map(async () => (await fetch(`${lignum.origin}/sign-in`)).headers.get('content-security-policy')));
  expect(first, 'each answer has a nonce of its own').not.toBe(second);
});

for (const role of (Object.keys(SCREENS_OF) as Role[]).filter((one) => one !== 'newcomer')) {
  test(`${role}: no screen breaks the policy, complains, or asks another origin`, async ({ lignum, device }) => {
    const scene = await setScene(lignum);
    const phone = await device('tablet');
    const strangers = watchOrigins(phone.page, lignum.origin);
    if (role !== 'nobody') await signIn(phone, role as 'officer');
    for (const screen of SCREENS_OF[role]) {
      await show(phone.page, screen, scene);
      expect(await violations(phone.page), screen.name).toEqual([]);
    }
    expect(phone.complaints).toEqual([]);
    expect(strangers).toEqual([]);
  });
}

test('a page that the server rendered is taken over without a complaint', async ({ lignum, device }) => {
  // Without a service worker every address comes from the server, as on a first visit.
  const phone = await device('phone', { serviceWorkers: 'block' });
  await phone.page.goto('/sign-in');
  await expect(phone.page.getByRole('heading', { name: 'Demo with fictional people' })).toBeVisible();
  await giveCredentials(phone.page, 'officer');
  await phone.allSent();
  for (const path of ['/', '/clients', '/sign-in', '/account', '/no/such/screen']) {
    await phone.page.goto(path);
    await phone.allSent();
    await settled(phone.page);
    expect(await violations(phone.page), path).toEqual([]);
  }
  expect(phone.complaints.filter((words) => !words.includes('serviceWorker') && !words.includes('ServiceWorker'))).toEqual([]);
  void lignum;
});

test('without JavaScript the page says what it needs', async ({ device }) => {
  const phone = await device('phone', { javaScriptEnabled: false });
  await phone.page.goto('/sign-in');
  await expect(phone.page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(phone.page.getByText('needs JavaScript')).toBeVisible();
});

test('the look that was chosen is there at the next start, without a network', async ({ device }) => {
  const phone = await device();
  await signIn(phone, 'officer', '/account');
  await choose(phone.page, 'Theme', 'Dark');
  await choose(phone.page, 'Text size', 'Larger');
  await phone.offline();
  await phone.reopen('/');
  await expect(phone.page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(phone.page.locator('html')).toHaveAttribute('data-text', 'larger');
});

/** Notes every request to another origin. */
function watchOrigins(page: Page, own: string): string[] {
  const strangers: string[] = [];
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && origin !== own) strangers.push(request.url());
  });
  return strangers;
}
