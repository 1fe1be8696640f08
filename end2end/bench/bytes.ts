/** What a phone downloads: the first route, and everything that the app keeps. */

import { Line } from './wire';
import type { LignumServer } from '../support/server';
import type { Figure } from './table';

const AS_A_BROWSER: [string, string][] = [
  ['Host', '127.0.0.1'],
  ['Accept', '*/*'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
];

export async function bytes(server: LignumServer): Promise<Figure[]> {
  const line = await Line.open(server.port);
  const sizes = new Map<string, number>();
  const size = async (path: string): Promise<number> => {
    const known = sizes.get(path);
    if (known !== undefined) return known;
    const { status, responseBody } = await line.ask('GET', path, AS_A_BROWSER);
    if (status !== 200) throw new Error(`${path}: ${status}`);
    sizes.set(path, responseBody);
    return responseBody;
  };
  const text = async (path: string): Promise<string> => (await fetch(`${server.origin}${path}`)).text();
  const total = async (paths: string[]): Promise<number> => {
    let sum = 0;
    for (const path of paths) sum += await size(path);
    return sum / 1000;
  };
  try {
    const page = await text('/sign-in');
    const linked = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((found) => found[1] ?? '');
    const first = [...new Set(linked)].filter((path) => /\.(js|wasm|css)$/.test(path));
    const worker = await text('/sw.js');
    const listed = JSON.parse(/JSON\.parse\('(.*)'\)/.exec(worker)?.[1] ?? '[]') as string[];
    const code = listed.filter((path) => /\.(js|wasm|css)$/.test(path));
    const wasm = listed.filter((path) => path.endsWith('.wasm'));
    return [
      { what: 'first route: JS + WASM + CSS, brotli', value: await total(first), unit: 'kB', target: { most: 300 }, how: `bodies of ${first.length} files over the line; others 990–1290 kB` },
      { what: 'every role: JS + WASM + CSS, brotli', value: await total(code), unit: 'kB', target: { most: 450 }, how: `${code.length} files of the precache` },
      { what: 'of it the WASM', value: await total(wasm), unit: 'kB', how: 'a bare Leptos app has about 146' },
      { what: 'the whole precache', value: await total(listed), unit: 'kB', how: `${listed.length} files, with icons, shell and manifest` },
      { what: 'the first document', value: (await size('/sign-in')) / 1000, unit: 'kB', how: 'server-rendered /sign-in' },
    ];
  } finally {
    line.close();
  }
}
