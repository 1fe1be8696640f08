/** Where things lie, and how the browser is started. */

import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, resolve } from 'node:path';

/** The checkout: found upwards, for the benchmarks run from where they were compiled to. */
export const ROOT = (function above(folder: string): string {
  return existsSync(resolve(folder, 'Cargo.toml')) ? folder : above(dirname(folder));
})(__dirname);
export const DIST = resolve(ROOT, 'target/dist');
export const BINARY = resolve(DIST, 'lignum');

/** The machine's own Chromium: nothing is downloaded. */
export const CHROMIUM =
  process.env['CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path)) ??
  'chromium';

/** The machine's own Firefox, the second engine. */
export const FIREFOX =
  process.env['FIREFOX'] ?? ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path)) ?? 'firefox';

/** The programs of the installed PostgreSQL. */
export const POSTGRES_BIN = process.env['LIGNUM_POSTGRES_BIN'] ?? '/usr/lib/postgresql/15/bin';

export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A port on which nobody listens at this moment. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

/** Asks until the answer is not undefined; what is wrong is said when the time is over. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  { seconds = 60, pause = 100 }: { seconds?: number; pause?: number } = {},
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let problem: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (caught) {
      problem = caught;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: not within ${seconds} s${problem === undefined ? '' : ` (${String(problem)})`}`);
    }
    await new Promise((done) => setTimeout(done, pause));
  }
}
