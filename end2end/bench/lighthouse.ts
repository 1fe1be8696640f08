/** Lighthouse's scores as a phone on a slow line gets them. */

import { spawn } from 'node:child_process';
import { RealBrowser } from '../support/browser';
import { CHROMIUM } from '../support/places';
import type { Figure } from './table';

interface Report {
  categories: Record<string, { title: string; score: number | null }>;
  audits: Record<string, { title: string; score: number | null; scoreDisplayMode: string }>;
}

const LEAST: Record<string, number> = { performance: 95, accessibility: 100, 'best-practices': 100 };

/** Scores of a page as a first visitor gets it. */
export async function firstVisit(url: string): Promise<Figure[]> {
  const flags = '--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync';
  return figures('/sign-in, first visit', await run(url, [`--chrome-flags=${flags}`]));
}

/** Scores of what a person who is signed in gets first: the lock screen, in their own browser. */
export async function signedIn(browser: RealBrowser, url: string): Promise<Figure[]> {
  return figures(`${new URL(url).pathname}, locked`, await run(url, [`--port=${browser.debugPort}`, '--disable-storage-reset']));
}

async function run(url: string, words: string[]): Promise<Report> {
  const command = require.resolve('lighthouse/cli/index.js');
  const all = [command, url, '--output=json', '--quiet', '--only-categories=performance,accessibility,best-practices', ...words];
  const child = spawn(process.execPath, all, { env: { ...process.env, CHROME_PATH: CHROMIUM }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, wrong] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (wrong += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  if (code !== 0) throw new Error(`lighthouse ended with ${String(code)}: ${wrong.split('\n').slice(-5).join(' ')}`);
  return JSON.parse(said) as Report;
}

function figures(what: string, { categories, audits }: Report): Figure[] {
  return Object.entries(LEAST).map(([id, least]) => {
    const score = categories[id]?.score;
    const failed = Object.values(audits).filter((audit) => audit.scoreDisplayMode === 'binary' && audit.score === 0);
    const worst = id === 'performance' ? '' : failed.map(({ title }) => title).join('; ');
    return {
      what: `Lighthouse mobile ${id}: ${what}`,
      value: score == null ? undefined : score * 100,
      unit: 'points',
      target: { least },
      how: score === 1 || !worst ? 'simulated slow 4G, 4× CPU' : `not passed: ${worst}`,
    };
  });
}
