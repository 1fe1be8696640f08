/** What a sync costs when nothing is new: bytes both ways, and the server's time. */

import { RealBrowser } from '../support/browser';
import { unlock } from './phone';
import type { LignumServer } from '../support/server';
import { median, percentile, type Figure } from './table';
import { Line } from './wire';

const ASKED = 400;

export async function idleSync(server: LignumServer, browser: RealBrowser): Promise<Figure[]> {
  const { headers, body } = await browserSync(server, browser);
  const line = await Line.open(server.port);
  try {
    // The first time the server writes down that the device was here.
    for (let warm = 0; warm < 20; warm += 1) await line.ask('POST', '/api/v1/sync', headers, body);
    const before = await served(server);
    const times: number[] = [];
    let last = await line.ask('POST', '/api/v1/sync', headers, body);
    for (let asked = 0; asked < ASKED; asked += 1) {
      last = await line.ask('POST', '/api/v1/sync', headers, body);
      times.push(last.milliseconds);
    }
    const after = await served(server);
    if (last.status !== 200) throw new Error(`idle sync: ${last.status}`);
    const bodies = last.requestBody + last.responseBody;
    const heads = last.requestHead + last.responseHead;
    const mean = after && before && after.count > before.count ? ((after.sum - before.sum) / (after.count - before.count)) * 1000 : undefined;
    return [
      {
        what: 'idle sync, bodies both ways',
        value: bodies,
        unit: 'B',
        target: { most: 1000 },
        how: `${last.requestBody} sent + ${last.responseBody} received; headers besides (HTTP/1.1): ${last.requestHead} + ${last.responseHead}, all in all ${bodies + heads}`,
      },
      {
        what: 'idle sync, server time',
        value: mean ?? median(times),
        unit: 'ms',
        target: { most: 5 },
        how: `${mean === undefined ? 'median of the round trip' : 'mean by the server’s own metrics'}; round trip on this machine median ${(median(times) ?? 0).toFixed(2)}, p95 ${(percentile(times, 95) ?? 0).toFixed(2)} ms; ${ASKED} asked`,
      },
    ];
  } finally {
    line.close();
  }
}

/** The request that a browser with nothing to say really sends. */
async function browserSync(server: LignumServer, browser: RealBrowser): Promise<{ headers: [string, string][]; body: string }> {
  const page = await browser.context.newPage();
  await page.goto(`${server.origin}/sync`);
  await unlock(page);
  await page.getByRole('link', { name: /^Sync status: *All sent/ }).waitFor();
  const asked = page.waitForRequest((request) => {
    const ops = request.url().endsWith('/api/v1/sync') ? (JSON.parse(request.postData() ?? '{}') as { ops?: unknown[] }).ops : [{}];
    return (ops?.length ?? 0) === 0;
  });
  await page.getByRole('button', { name: 'Send now' }).click();
  const request = await asked;
  const all = await request.headersArray();
  const headers = all
    .filter(({ name }) => !name.startsWith(':') && name.toLowerCase() !== 'content-length')
    .map(({ name, value }): [string, string] => [name, value]);
  const body = request.postData() ?? '';
  await page.close();
  return { headers, body };
}

/** How many syncs the server has answered, and in how many seconds, by its own count. */
async function served(server: LignumServer): Promise<{ sum: number; count: number } | undefined> {
  const text = await (await fetch(`${server.origin}/metrics`)).text();
  const read = (what: string): number | undefined => {
    const line = text.split('\n').find((one) => one.startsWith(`lignum_http_request_seconds_${what}`) && one.includes('/api/v1/sync'));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };
  const [sum, count] = [read('sum'), read('count')];
  return sum === undefined || count === undefined ? undefined : { sum, count };
}
