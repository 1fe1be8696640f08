/**
 * Measures the release build and prints one table, with targets and what others need. Asserts nothing:
 * figures depend on the machine. `script/bench.sh [bytes|lighthouse|speed|search|idle|memory|ops]…` measures a part.
 */

import { cpus } from 'node:os';
import { LignumServer } from '../support/server';
import { bytes } from './bytes';
import { giveCaseload, newOfficer } from './caseload';
import { idleSync } from './idle';
import { firstVisit, signedIn } from './lighthouse';
import { idleMemory, loadedMemory } from './memory';
import { opsBesidePgbench } from './ops';
import { SLOWDOWN } from './phone';
import { bareTransactions, coldStarts, newPhone, saves, searches } from './speed';
import { table, type Figure } from './table';

const parts = process.argv.slice(2);
const wanted = (part: string): boolean => parts.length === 0 || parts.includes(part);
const say = (words: string): void => console.error(`  ${words}`);

/** Measures; what cannot be measured is said in the table and stops nothing else. */
async function measure(what: string, act: () => Promise<Figure[]>): Promise<Figure[]> {
  say(`${what} …`);
  try {
    return await act();
  } catch (problem) {
    return [{ what, value: undefined, unit: 'ms', how: String(problem).split('\n')[0] ?? '' }];
  }
}

async function main(): Promise<void> {
  const figures: Figure[] = [];
  const server = await LignumServer.start({ demo: true });
  try {
    if (wanted('memory')) figures.push(idleMemory(server));
    if (wanted('bytes')) figures.push(...(await measure('bytes', () => bytes(server))));
    if (wanted('lighthouse')) {
      figures.push(...(await measure('Lighthouse, first visit', () => firstVisit(`${server.origin}/sign-in`))));
    }
    if (['lighthouse', 'speed', 'idle', 'search'].some(wanted)) figures.push(...(await measure('design caseload', () => atDesignCaseload(server))));
    if (wanted('search')) figures.push(...(await measure('10,000 records', () => atTenThousand(server))));
    if (wanted('memory')) figures.push(...(await measure('memory under load', async () => [await loadedMemory(server)])));
    if (wanted('ops')) figures.push(...(await measure('ops with receipts', () => opsBesidePgbench(server))));
  } finally {
    await server.dispose();
  }
  const processors = cpus();
  console.log(`\nOn ${processors.length} × ${processors[0]?.model ?? 'processor'}, server, database, browser and load together\n`);
  console.log(table(figures));
}

/** 60 active and 200 closed clients with 10,000 notes. */
async function atDesignCaseload(server: LignumServer): Promise<Figure[]> {
  await newOfficer(server, 'design');
  const files = await giveCaseload(server, 'design', { active: 60, closed: 200, notes: 10_000 });
  const { browser, downloadSeconds } = await newPhone(server.origin, 'design');
  const figures: Figure[] = [];
  try {
    if (wanted('speed')) {
      const [file] = files;
      if (file) figures.push(...(await measure('saving', async () => [await saves(browser, server.origin, file)])));
      figures.push(...(await measure('bare transactions', async () => [await bareTransactions(browser, server.origin)])));
      figures.push(...(await measure('cold starts', () => coldStarts(browser, server.origin))));
      figures.push({ what: 'first sign-in to the whole design caseload', value: downloadSeconds, unit: 's', how: 'no throttle, server on this machine' });
    }
    if (wanted('search')) {
      for (const rate of [1, SLOWDOWN]) {
        figures.push(...(await measure('search', async () => [await searches(browser, server.origin, 'design caseload', rate)])));
      }
    }
    if (wanted('idle')) figures.push(...(await measure('idle sync', () => idleSync(server, browser))));
    if (wanted('lighthouse')) {
      figures.push(...(await measure('Lighthouse, signed in', () => signedIn(browser, `${server.origin}/clients`))));
    }
  } finally {
    await browser.dispose();
  }
  return figures;
}

/** Far more than any officer has. */
async function atTenThousand(server: LignumServer): Promise<Figure[]> {
  await newOfficer(server, 'crowd');
  await giveCaseload(server, 'crowd', { active: 10_000, closed: 0, notes: 0 });
  const { browser } = await newPhone(server.origin, 'crowd');
  try {
    return [await searches(browser, server.origin, '10,000 records', 1), await searches(browser, server.origin, '10,000 records', SLOWDOWN)];
  } finally {
    await browser.dispose();
  }
}

main().catch((problem: unknown) => {
  console.error(problem);
  process.exitCode = 1;
});
