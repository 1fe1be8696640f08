/** What people do on their screens, by the names that are a contract with tests and training material. */

import { expect, type Locator, type Page } from '@playwright/test';
import { PASSWORD } from './api';
import type { Device } from './device';
import type { LignumServer } from './server';

export type Account = 'counsellor' | 'officer' | 'officer2' | 'supervisor' | 'admin';

/** Fills in name and password where the page asks for them. */
export async function giveCredentials(page: Page, username: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Username', { exact: true }).fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Signs in and waits until the person's files are on the device. */
export async function signIn(device: Device, username: Account, path = '/'): Promise<void> {
  await device.page.goto('/sign-in');
  // The page is there before the app is: the list of accounts comes with the app.
  await expect(device.page.getByRole('heading', { name: 'Demo with fictional people' })).toBeVisible();
  await giveCredentials(device.page, username);
  await device.allSent();
  await device.installed();
  if (path === '/') return;
  await device.page.goto(path);
  // The address is behind the lock screen.
  await expect(device.page.getByRole('navigation', { name: 'Main' })).toBeVisible();
}

export async function signOut(device: Device): Promise<void> {
  await device.page.goto('/account');
  await device.page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(device.page.getByLabel('Username', { exact: true })).toBeVisible();
}

/** The way to a screen by the main navigation. */
export async function goTo(page: Page, place: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: place, exact: true }).click();
}

/** Chooses one of a few. */
export async function choose(scope: Page | Locator, question: string, answer: string): Promise<void> {
  await scope.getByRole('group', { name: question }).getByRole('radio', { name: answer, exact: true }).check();
}

export interface Student {
  firstName: string;
  lastName: string;
  reason: string;
}

/** A counsellor's referral, from Home to the confirmation that it is on its way. */
export async function referStudent(page: Page, student: Student): Promise<void> {
  await page.getByRole('link', { name: 'Refer a student' }).click();
  await fillReferral(page, student);
  await page.getByRole('button', { name: 'Send referral' }).click();
  await expect(page.getByRole('link', { name: new RegExp(`^${student.firstName} ${student.lastName}`) })).toBeVisible();
}

/** The steps of the form, up to the last, where it is checked and sent. */
export async function fillReferral(page: Page, { firstName, lastName, reason }: Student): Promise<void> {
  const next = page.getByRole('button', { name: 'Next', exact: true });
  await page.getByLabel('First name').fill(firstName);
  await page.getByLabel('Last name').fill(lastName);
  await choose(page, 'Gender', 'Male');
  await page.getByLabel('Date of birth').fill('2011-06-09');
  await page.getByLabel('Educational level').selectOption('Grades 7 to 9');
  await page.getByLabel('Grade or form').fill('Grade 9');
  await page.getByLabel('Community').fill('Norwood');
  await next.click();
  await page.getByLabel('Reason for referral').fill(reason);
  await next.click();
  await page.getByRole('checkbox', { name: 'Counselling' }).check();
  await next.click();
  await page.getByLabel('Parent or guardian', { exact: true }).fill(`Joan ${lastName}`);
  await page.getByLabel('Relation to the student').selectOption('Mother');
  await choose(page, 'Student', 'Signed on the paper form');
  await choose(page, 'Parent or guardian', 'Not yet');
  await next.click();
  await page.getByRole('checkbox', { name: /^I confirm/ }).check();
}

export interface Note {
  narrative: string;
  kind?: 'Home visit' | 'School visit' | 'Phone call' | 'Office' | 'Other';
  nextAction?: string;
}

/** Fills in a contact note; the page shows the form. */
export async function fillNote(page: Page, { narrative, kind = 'Home visit', nextAction }: Note): Promise<void> {
  await choose(page, 'Kind of contact', kind);
  await page.getByLabel('What happened').fill(narrative);
  if (nextAction !== undefined) await page.getByLabel('Next action').fill(nextAction);
}

export function saveButton(page: Page): Locator {
  return page.getByRole('button', { name: 'Save', exact: true });
}

/** From an open file to a saved note, which is shown in the file. */
export async function writeNote(page: Page, note: Note): Promise<void> {
  await page.getByRole('link', { name: 'Contact note' }).click();
  await fillNote(page, note);
  await saveButton(page).click();
  await expect(noteSaying(page, note.narrative)).toBeVisible();
}

/** A saved note in an open file, with what is said of its way to the server. */
export function noteSaying(page: Page, narrative: string): Locator {
  return page.getByRole('main').getByRole('listitem').filter({ hasText: narrative });
}

/** Finds a client by typing, as in the yard, and opens the file. */
export async function findClient(page: Page, query: string, fullName: string): Promise<void> {
  await goTo(page, 'Clients');
  await page.getByLabel('Search clients').fill(query);
  await page.getByRole('link', { name: new RegExp(`^${fullName}`) }).click();
  await expect(page.getByRole('heading', { level: 1, name: fullName })).toBeVisible();
}

/** Changes one line of what is known about a client; the page shows the file. */
export async function changeProfile(page: Page, field: string, value: string): Promise<void> {
  await page.getByRole('link', { name: 'Change', exact: true }).click();
  await page.getByLabel(field).fill(value);
  await saveButton(page).click();
  await expect(page.getByRole('link', { name: 'Change', exact: true })).toBeVisible();
}

/** Opens a referral in the supervisor's list. */
export async function openReferral(page: Page, fullName: string): Promise<void> {
  await goTo(page, 'Referrals');
  await page.getByRole('link', { name: new RegExp(`^${fullName}`) }).click();
}

/** Accepts a referral and assigns it to an officer. */
export async function acceptAndAssign(page: Page, fullName: string, officer: Account, server: LignumServer): Promise<void> {
  const [row] = await server.sql<{ name: string }>('SELECT name FROM users WHERE username = $1', [officer]);
  await openReferral(page, fullName);
  await page.getByRole('button', { name: 'Accept', exact: true }).click();
  const dialog = page.getByRole('dialog');
  const officers = dialog.getByLabel('Assign to');
  const option = officers.locator('option').filter({ hasText: row?.name ?? '' });
  await officers.selectOption((await option.getAttribute('value')) ?? '');
  const reason = dialog.getByLabel('Reason');
  if (await reason.isVisible()) await reason.fill('She knows the family.');
  await dialog.getByRole('button', { name: 'Assign', exact: true }).click();
  await expect(dialog).toBeHidden();
}

/** Finds a case in the region and opens its file, as a supervisor. */
export async function openCase(page: Page, query: string, fullName: string): Promise<void> {
  await goTo(page, 'Cases');
  await page.getByRole('searchbox').fill(query);
  await page.getByRole('link', { name: new RegExp(`^${fullName}`) }).click();
  await expect(page.getByRole('heading', { level: 1, name: fullName })).toBeVisible();
}
