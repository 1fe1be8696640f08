import { defineConfig } from '@playwright/test';
import { CHROMIUM, CHROMIUM_ARGUMENTS } from './support/places';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  // Pictures of every screen are taken on request only: SHOTS=folder.
  testIgnore: process.env['SHOTS'] ? [] : ['shots.spec.ts'],
  outputDir: 'test-results',
  forbidOnly: Boolean(process.env['CI']),
  // Two cores hold a browser, a server and a database: one after the other is fastest, and a test that
  // passes only at the second try has found something.
  workers: 1,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    locale: 'en-JM',
    timezoneId: 'America/Jamaica',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    actionTimeout: 15_000,
    launchOptions: { executablePath: CHROMIUM, args: CHROMIUM_ARGUMENTS },
  },
});
