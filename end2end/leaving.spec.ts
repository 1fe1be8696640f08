/**
 * Sessions are not data: an ended session, another person in another tab and an update of the app leave
 * unsent work where it is, and all of it arrives.
 */

import { Caller, openFile, rareName } from './support/api';
import { expect, test } from './support/fixtures';
import { expectEachOnce, expectJournalVerified, notesSaying } from './support/journal';
import { carriesOps, syncIs } from './support/network';
import { giveCredentials, goTo, noteSaying, signIn, signOut, writeNote } from './support/people';
import { serveNewVersion } from './support/update';

test.use({ suite: 'leaving' });
test.setTimeout(180_000);

test('signing out with unsent work keeps it, takes the files away, and sends it at the next sign-in', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  const narrative = `Before signing out, ${file.lastName}.`;
  await signIn(phone, 'officer', `/clients/${file.client}`);
  const allow = lignum.proxy.rule((passage) => (carriesOps(passage) ? { do: 'cut-before' } : undefined));
  await writeNote(phone.page, { narrative });
  await phone.page.goto('/account');
  await expect(phone.page.getByRole('main')).toContainText('1 item is not sent yet');
  await signOut(phone);
  await phone.page.goto(`/clients/${file.client}`);
  await expect(phone.page.getByLabel('Username', { exact: true })).toBeVisible();
  await expect(phone.page.getByText(file.lastName)).toHaveCount(0);
  expect(await notesSaying(lignum.server, narrative)).toBe(0);
  allow();
  await signIn(phone, 'officer');
  await expectEachOnce(lignum.server, [narrative]);
});

test('the session ends while work is unsent: the work goes on, and a sign-in sends all of it', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  const narratives = [`Before the session ended, ${file.lastName}.`, `After it had ended, ${file.lastName}.`];
  await signIn(phone, 'officer', `/clients/${file.client}`);
  await phone.offline();
  await writeNote(phone.page, { narrative: narratives[0] ?? '' });
  await lignum.server.sql('DELETE FROM sessions');
  await phone.online();
  await expect(phone.chip()).toContainText('Sign in to send 1');
  await phone.reopen(`/clients/${file.client}`);
  await writeNote(phone.page, { narrative: narratives[1] ?? '' });
  await expect(phone.chip()).toContainText('Sign in to send 2');
  await expect(noteSaying(phone.page, narratives[1] ?? '')).toContainText('saved on this phone');
  await phone.chip().click();
  await phone.page.getByRole('link', { name: 'Sign in again' }).click();
  await giveCredentials(phone.page, 'officer');
  await phone.allSent();
  await expectEachOnce(lignum.server, narratives);
});

test('somebody else signs in in another tab: nobody sends under another name, and no files cross over', async ({ lignum, device }) => {
  const tablet = await device('tablet');
  const [mine, theirs] = [await openFile(lignum.origin, 'officer'), await openFile(lignum.origin, 'officer2')];
  const first = await Caller.signIn(lignum.origin, 'officer');
  const narrative = `In the first tab, ${mine.lastName}.`;
  await signIn(tablet, 'officer', `/clients/${mine.client}`);
  await tablet.offline();
  await writeNote(tablet.page, { narrative });
  await lignum.server.sql('DELETE FROM sessions');
  // The second tab is one of the same person; after the end of the session a colleague signs in there.
  await tablet.online();
  await expect(tablet.chip()).toContainText('Sign in to send 1');
  const second = await tablet.newTab();
  await second.goto('/account');
  await giveCredentials(second, 'officer2');
  await expect(second.getByRole('main')).toContainText(/./);
  await tablet.allSent(second);
  // The first tab finds a network and a session, but not its own person's.
  const before = lignum.proxy.syncs.length;
  await tablet.page.bringToFront();
  await tablet.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await second.goto('/clients');
  await expect(second.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await expect.poll(() => lignum.proxy.syncs.length).toBeGreaterThan(before);
  await tablet.allSent(second);
  const wrong = await lignum.server.sql(
    `SELECT username FROM contact_notes JOIN users ON users.id = author_id WHERE data ->> 'narrative' = $1 AND username <> 'officer'`,
    [narrative],
  );
  expect(wrong).toEqual([]);
  const refused = await lignum.server.sql('SELECT code FROM refusals WHERE entry LIKE $1', [`%${narrative}%`]);
  expect(refused).toEqual([]);
  const queued = (await tablet.outbox(first.user.id, second)).find(({ op }) => JSON.stringify(op.body).includes(narrative));
  expect(['waiting', 'received']).toContain(queued?.state.is);
  await signOutOf(second);
  await tablet.page.goto('/sign-in');
  await giveCredentials(tablet.page, 'officer');
  await tablet.allSent();
  await expectEachOnce(lignum.server, [narrative]);
  await tablet.page.goto('/clients');
  await tablet.page.getByLabel('Search clients').fill(theirs.lastName);
  await expect(tablet.page.getByRole('link', { name: new RegExp(`^${theirs.fullName}`) })).toHaveCount(0);
  await expectJournalVerified(lignum.server);

  async function signOutOf(page: typeof second): Promise<void> {
    await page.goto('/account');
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await expect(page.getByLabel('Username', { exact: true })).toBeVisible();
  }
});

test('a reply that arrives after the person at the tablet has changed is not put into the other’s store', async ({ lignum, device }) => {
  const tablet = await device('tablet');
  const [mine, theirs] = [await openFile(lignum.origin, 'officer'), await openFile(lignum.origin, 'officer2')];
  await signIn(tablet, 'officer', '/account');
  await tablet.allSent();
  // Something new is on its way to the first person, over a slow line.
  const late = await openFile(lignum.origin, 'officer');
  let release: () => void = () => undefined;
  const held = new Promise<void>((done) => (release = done));
  let holding = false;
  lignum.proxy.rule((passage) => {
    if (holding || !syncIs(passage)) return undefined;
    holding = true;
    return { do: 'wait', for: held };
  });
  await tablet.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect.poll(() => holding).toBe(true);
  await tablet.page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await giveCredentials(tablet.page, 'officer2');
  await tablet.allSent();
  const before = lignum.proxy.syncs.filter(({ status }) => status !== undefined).length;
  release();
  await expect.poll(() => lignum.proxy.syncs.filter(({ status }) => status !== undefined).length).toBeGreaterThan(before);
  for (const reload of [false, true]) {
    if (reload) await tablet.page.reload();
    await goTo(tablet.page, 'Clients');
    await tablet.page.getByLabel('Search clients').fill(theirs.lastName);
    await expect(tablet.page.getByRole('link', { name: new RegExp(`^${theirs.fullName}`) })).toBeVisible();
    for (const { lastName, fullName } of [mine, late]) {
      await tablet.page.getByLabel('Search clients').fill(lastName);
      await expect(tablet.page.getByRole('link', { name: new RegExp(`^${fullName}`) })).toHaveCount(0);
    }
  }
});

test('an update of the app waits for the form, and unsent work is there afterwards', async ({ lignum, device }) => {
  const phone = await device();
  const file = await openFile(lignum.origin, 'officer');
  const sent = `Saved before the update, ${file.lastName}.`;
  const begun = `Half a sentence, ${rareName()}`;
  await signIn(phone, 'officer', `/clients/${file.client}`);
  const allow = lignum.proxy.rule((passage) => (carriesOps(passage) ? { do: 'cut-before' } : undefined));
  await writeNote(phone.page, { narrative: sent });
  await phone.page.goto(`/record/${file.client}`);
  await phone.page.getByLabel('What happened').fill(begun);
  await phone.page.evaluate(() => Object.assign(window, { sameDocument: true }));

  await serveNewVersion(lignum, phone.page);
  const update = phone.page.getByRole('button', { name: 'Update now' });
  await expect(update).toBeHidden();
  await expect(phone.page.getByLabel('What happened')).toHaveValue(begun);
  expect(await phone.page.evaluate(() => 'sameDocument' in window)).toBe(true);
  await expect(phone.page.getByText('Draft kept')).toBeVisible();

  await phone.page.getByRole('link', { name: 'Back' }).click();
  await expect(update).toBeVisible();
  expect(await phone.page.evaluate(() => 'sameDocument' in window)).toBe(true);
  await update.click();
  // While the page loads anew there is nothing to ask.
  await expect.poll(() => phone.page.evaluate(() => 'sameDocument' in window).catch(() => undefined)).toBe(false);
  await expect(phone.chip()).toContainText('1 saved on this phone');
  await phone.page.goto(`/record/${file.client}`);
  await expect(phone.page.getByLabel('What happened')).toHaveValue(begun);
  allow();
  await phone.page.goto('/sync');
  await phone.page.getByRole('button', { name: 'Send now' }).click();
  await phone.allSent();
  await expectEachOnce(lignum.server, [sent]);
});
