/**
 * The vault from outside: what lies on the disk, and opening it with the PIN by other programs than the
 * app's own (hash-wasm for Argon2id, Node for AES-GCM). So the format is what the documents say it is.
 */

import { createDecipheriv } from 'node:crypto';
import { expect, type Page } from '@playwright/test';
import { argon2id } from 'hash-wasm';

/** The PIN of everybody in the tests. */
export const PIN = '830417';

interface Header {
  v: number;
  device: string;
  kind: 'pin' | 'passphrase';
  cost: { memory_kib: number; passes: number };
  salt: number[];
  nonce: number[];
  wrapped: number[];
  tag: number[];
  tries: { wrong: number; last: string | null };
}

/** What a person's database holds, as it lies there. */
export interface Raw {
  header?: Header;
  /** Store by store: keys as text, values in base64 (or as JSON, where they are no bytes). */
  stores: Record<string, [string, string][]>;
}

/** Reads a person's database as a thief would. */
export async function rawStore(page: Page, user: string): Promise<Raw> {
  const stores = await page.evaluate(async (name) => {
    const database = await new Promise<IDBDatabase>((done, fail) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error ?? new Error('no database'));
    });
    const read = async <T>(asked: IDBRequest<T>): Promise<T> =>
      new Promise((done, fail) => {
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => fail(asked.error ?? new Error('unreadable'));
      });
    const shown = (value: unknown): string =>
      value instanceof Uint8Array ? btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join('')) : JSON.stringify(value);
    const all: Record<string, [string, string][]> = {};
    for (const store of database.objectStoreNames) {
      const transaction = database.transaction(store);
      const [keys, values] = await Promise.all([
        read(transaction.objectStore(store).getAllKeys()),
        read(transaction.objectStore(store).getAll() as IDBRequest<unknown[]>),
      ]);
      all[store] = keys.map((key, at) => [String(key), shown(values[at])]);
    }
    database.close();
    return all;
  }, `lignum-${user}`);
  const header = stores.vault?.find(([key]) => key === 'header')?.[1];
  return { stores, ...(header === undefined ? {} : { header: JSON.parse(Buffer.from(header, 'base64').toString()) as Header }) };
}

/** The data key, by the PIN. */
export async function dataKey(header: Header, user: string, pin = PIN): Promise<Buffer> {
  const key = await argon2id({
    password: pin,
    salt: Uint8Array.from(header.salt),
    parallelism: 1,
    iterations: header.cost.passes,
    memorySize: header.cost.memory_kib,
    hashLength: 32,
    outputType: 'binary',
  });
  const number = (n: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(n);
    return bytes;
  };
  const id = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');
  const binding = [Buffer.from('lignum vault 1'), id(user), id(header.device), number(header.cost.memory_kib), number(header.cost.passes)];
  const opener = createDecipheriv('aes-256-gcm', key, Uint8Array.from(header.nonce));
  opener.setAAD(Buffer.concat(binding)).setAuthTag(Uint8Array.from(header.tag));
  return Buffer.concat([opener.update(Uint8Array.from(header.wrapped)), opener.final()]);
}

/** A sealed value, opened for its place. */
export function openValue(key: Buffer, place: string[], sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  expect(bytes[0], 'the layout of a sealed value').toBe(1);
  const address = [Buffer.from([1])];
  for (const part of place) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(Buffer.byteLength(part)));
    address.push(length, Buffer.from(part));
  }
  const opener = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 13));
  opener.setAAD(Buffer.concat(address)).setAuthTag(bytes.subarray(-16));
  return Buffer.concat([opener.update(bytes.subarray(13, -16)), opener.final()]).toString();
}

/** Types the PIN wherever the app asks for it, as the person would: on choosing it and on unlocking. */
export async function typePinWhereAsked(page: Page): Promise<void> {
  const choose = page.getByRole('button', { name: 'Keep this PIN', exact: true });
  await page.addLocatorHandler(choose, async () => {
    await page.getByLabel('PIN', { exact: true }).fill(PIN);
    await page.getByLabel('PIN once more').fill(PIN);
    await choose.click();
    await expect(choose).toBeHidden();
  });
  const unlock = page.getByRole('button', { name: 'Unlock', exact: true });
  await page.addLocatorHandler(unlock, async () => {
    await page.getByLabel('PIN', { exact: true }).fill(PIN);
    await unlock.click();
    await expect(unlock).toBeHidden();
  });
}

/** From now on the test itself types PINs. */
export async function typeNoPin(page: Page): Promise<void> {
  await page.removeLocatorHandler(page.getByRole('button', { name: 'Unlock', exact: true }));
  await page.removeLocatorHandler(page.getByRole('button', { name: 'Keep this PIN', exact: true }));
}

/** Tries a PIN on the lock screen. */
export async function tryPin(page: Page, pin: string): Promise<void> {
  await page.getByLabel('PIN', { exact: true }).fill(pin);
  await page.getByRole('button', { name: 'Unlock', exact: true }).click();
}

/** The lock screen is there, and nothing of the work. */
export async function expectLocked(page: Page): Promise<void> {
  await expect(page.getByRole('button', { name: /^(Unlock|Wait )/ })).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' })).toHaveCount(0);
}
