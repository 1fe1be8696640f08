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

/** How many envelopes a delivery of the service worker carries. */
function envelopesIn(passage: Passage): number {
  if (passage.path !== '/api/v1/sealed') return 0;
  return (JSON.parse(passage.body) as { boxes?: unknown[] }).boxes?.length ?? 0;
}

/** Whether it sends something, in the open or in envelopes; a sync without only asks for news. */
export function carriesOps(passage: Passage): boolean {
  return opsIn(passage).length + envelopesIn(passage) > 0;
}
