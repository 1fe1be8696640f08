/**
 * The main way without a network in a second engine: what the promises rest on (IndexedDB's durability, the
 * service worker, the vault) is each browser's own.
 */

import { Caller, PASSWORD, openFile } from './support/api';
import { Firefox } from './support/firefox';
import { expect, test } from './support/fixtures';
import { expectEachOnce, expectJournalVerified, notesSaying } from './support/journal';
import { PIN } from './support/vault';

test.use({ suite: 'firefox' });
test.setTimeout(300_000);

test('Firefox: installed, killed, started without a network, a note written, killed again: the note arrives once', async ({ lignum }) => {
  lignum.proxy.clear();
  const file = await openFile(lignum.origin, 'officer');
  const user = (await Caller.signIn(lignum.origin, 'officer')).user.id;
  const texts = [`First without a network, ${file.lastName}.`, `Second, after the battery was empty, ${file.lastName}.`];
  const firefox = await Firefox.install();
  try {
    await firefox.goto(`${lignum.origin}/sign-in`);
    await firefox.reads('Demo with fictional people');
    await firefox.fill('username', 'officer');
    await firefox.fill('password', PASSWORD);
    await firefox.tap('Sign in');
    await firefox.reads('It locks what lies on this device');
    await firefox.fill('pin', PIN);
    await firefox.fill('pin-again', PIN);
    await firefox.tap('Keep this PIN');
    await firefox.reads('All sent', 'header');
    await firefox.installed();

    // No network: whatever Firefox asks, it gets no answer.
    const reconnect = lignum.proxy.rule(() => ({ do: 'cut-before' }));
    for (const [at, text] of texts.entries()) {
      await firefox.kill9();
      await firefox.start();
      await firefox.goto(`${lignum.origin}/clients/${file.client}`);
      await firefox.unlock();
      await firefox.reads(file.fullName, 'h1');
      // What was saved before the battery was empty is here.
      for (const before of texts.slice(0, at)) await firefox.reads(before, 'main');
      await firefox.tap('Contact note');
      await firefox.fill('narrative', text);
      await firefox.reads('Draft kept');
      await firefox.tap('Save');
      await firefox.reads(text, 'main');
      await firefox.reads(`${at + 1} saved on this phone`, 'header');
    }
    await firefox.kill9();
    for (const text of texts) expect(await notesSaying(lignum.server, text)).toBe(0);

    // A thief copies the profile: nothing of it can be read. The disk's own words are looked at in Chromium.
    await firefox.start();
    await firefox.goto(`${lignum.origin}/`);
    await firefox.reads('Locked. Your work is safe');
    const open = await firefox.page.evaluate(async (name) => {
      const database = await new Promise<IDBDatabase>((done, fail) => {
        const asked = indexedDB.open(name);
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => fail(asked.error ?? new Error('no database'));
      });
      const words: string[] = [];
      for (const store of database.objectStoreNames) {
        const values = await new Promise<unknown[]>((done, fail) => {
          const asked = database.transaction(store).objectStore(store).getAll();
          asked.onsuccess = () => done(asked.result as unknown[]);
          asked.onerror = () => fail(asked.error ?? new Error('unreadable'));
        });
        for (const value of values) words.push(value instanceof Uint8Array ? new TextDecoder().decode(value) : JSON.stringify(value));
      }
      database.close();
      return words.join('\n');
    }, `lignum-${user}`);
    expect(open.length).toBeGreaterThan(1000);
    for (const secret of [...texts, file.lastName, 'narrative', PIN]) expect(open).not.toContain(secret);

    reconnect();
    await firefox.unlock();
    await firefox.reads('All sent', 'header');
    await expectEachOnce(lignum.server, texts);
    await expectJournalVerified(lignum.server);
  } finally {
    lignum.proxy.clear();
    await firefox.dispose();
  }
});
