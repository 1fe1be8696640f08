/** What the rules of the network look at. */

import type { Passage } from './proxy';

/** Whether it is a sync. */
export function syncIs(passage: Passage): boolean {
  return passage.path === '/api/v1/sync';
}

/** The ops that a sync request carries. */
export function opsIn(passage: Passage): { id: string; seq: number }[] {
  if (!syncIs(passage)) return [];
  return (JSON.parse(passage.body) as { ops?: { id: string; seq: number }[] }).ops ?? [];
}

/** Whether it is a sync that sends something; without it only asks for news. */
export function carriesOps(passage: Passage): boolean {
  return opsIn(passage).length > 0;
}
