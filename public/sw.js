// @ts-check
/// <reference lib="webworker" />
// Lignum's service worker: the app starts without a network, and nothing readable is kept here.
//
// The server writes the version and the list of files into this page; both change with every build.
// * A navigation is answered at once with the shell: a page without data.
// * Files of the build come from the cache of their own version, whole or not at all.
// * Everything under /api goes to the network and is never cached: it carries casework.
// * What was saved and not yet sent lies on this device a second time, in envelopes that the server alone
//   can open. They are delivered from here while the app is locked or closed. Nothing is deleted before
//   the app has its receipt: what the server has taken is only noted.
// * A new version waits until the person says "Update now": no page is reloaded under a form.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const VERSION = "__VERSION__";
/** @type {string[]} */
const PRECACHE = JSON.parse('__PRECACHE__');
const SHELL = "/app-shell";
const CACHE = `lignum-${VERSION}`;

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll(PRECACHE.map((path) => new Request(path, { cache: "reload" })))),
  );
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name.startsWith("lignum-") && name !== CACHE).map((name) => caches.delete(name)));
      // The very first page gets its worker without a reload.
      await worker.clients.claim();
    })(),
  );
});

worker.addEventListener("message", (event) => {
  if (event.data === "activate") void worker.skipWaiting();
  if (event.data === "deliver") event.waitUntil(deliver());
});

worker.addEventListener("sync", (/** @type {any} */ event) => {
  // Where it fails the browser tries again when it sees fit.
  if (event.tag === "lignum-outbox") event.waitUntil(deliver({ insist: true }));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (isPage(url.pathname)) event.respondWith(fromCache(SHELL, request));
    return;
  }
  if (PRECACHE.includes(url.pathname)) event.respondWith(fromCache(url.pathname, request));
});

/** Whether the path is a screen of the app and not something else that a browser can open. @param {string} path */
function isPage(path) {
  return !path.startsWith("/api/") && !path.includes(".") && !["/healthz", "/readyz", "/metrics"].includes(path);
}

/** From this version's cache, else from the network. @param {string} path @param {Request} request */
async function fromCache(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}

// ---- Envelopes ----------------------------------------------------------------------------------

const STORES = ["vault", "sealed", "delivered"];
/** As many at once as a slow network carries before it breaks. */
const AT_ONCE = 50;

/** Delivers what waits, of everybody who has a vault on this device. @param {{ insist?: boolean }} [how] */
async function deliver({ insist = false } = {}) {
  const names = (await indexedDB.databases()).map(({ name }) => name ?? "").filter((name) => /^lignum-[0-9a-f-]{36}$/.test(name));
  let all = true;
  for (const name of names) {
    // One at a time with the app's own sync; where that runs, it sends the same.
    const done = await worker.navigator.locks.request(`lignum-sync-${name.slice(7)}`, { ifAvailable: !insist }, async (lock) => lock === null || (await deliverOf(name)));
    all = all && done;
  }
  if (insist && !all) throw new Error("some envelopes wait");
}

/** Whether nothing waits any more that could be sent. @param {string} name */
async function deliverOf(name) {
  const database = await openExisting(name);
  if (database === undefined) return true;
  try {
    const device = await deviceOf(database);
    /** @type {Set<number>} */
    const tried = new Set();
    for (;;) {
      const waiting = (await waitingIn(database)).filter(({ seq }) => !tried.has(seq));
      const boxes = waiting.slice(0, AT_ONCE).map(({ seq, envelope }) => ({ seq, sealed: base64(envelope) }));
      const answer = await send({ v: 1, ...(device && { device }), boxes });
      if (answer === undefined) return waiting.length === 0;
      await note(database, answer.taken);
      // An open app looks what became of it.
      if (answer.taken.length > 0) await tell("delivered");
      boxes.forEach(({ seq }) => tried.add(seq));
      if (waiting.length > boxes.length) continue;
      // Not before all of it is delivered: without the key nobody knows which device this is.
      if (answer.revoked) await destroyKey(database, device);
      // What the server did not take stays, for the person's PIN or another day.
      return true;
    }
  } finally {
    database.close();
  }
}

/** @param {object} request @returns {Promise<{ taken: number[], revoked?: boolean } | undefined>} */
async function send(request) {
  try {
    const answer = await fetch("/api/v1/sealed", {
      method: "POST",
      headers: { "content-type": "application/json" },
      credentials: "same-origin",
      body: JSON.stringify(request),
      // The app's own sync waits for this one.
      signal: AbortSignal.timeout(45_000),
    });
    if (!answer.ok) return undefined;
    const said = await answer.json();
    // A captive portal answers too, but not so.
    return said.v === 1 && Array.isArray(said.taken) ? said : undefined;
  } catch {
    return undefined;
  }
}

/** The person's store, if it is of the layout with a vault; never made here. @param {string} name @returns {Promise<IDBDatabase | undefined>} */
function openExisting(name) {
  return new Promise((done) => {
    const asked = indexedDB.open(name);
    asked.onupgradeneeded = () => asked.transaction?.abort();
    asked.onerror = () => done(undefined);
    asked.onsuccess = () => {
      const database = asked.result;
      database.onversionchange = () => database.close();
      if (STORES.every((store) => database.objectStoreNames.contains(store))) return done(database);
      database.close();
      done(undefined);
    };
  });
}

/** @template T @param {IDBRequest<T>} asked @returns {Promise<T>} */
function answered(asked) {
  return new Promise((done, fail) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function committed(transaction) {
  return new Promise((done, fail) => {
    transaction.oncomplete = () => done();
    transaction.onabort = transaction.onerror = () => fail(transaction.error);
  });
}

/** Which device this is: it stands in the open beside the wrapped key. @param {IDBDatabase} database */
async function deviceOf(database) {
  /** @type {Uint8Array | undefined} */
  const header = await answered(database.transaction("vault").objectStore("vault").get("header"));
  try {
    return header && JSON.parse(new TextDecoder().decode(header)).device;
  } catch {
    return undefined;
  }
}

/** Envelopes that the server has not taken, in the order of their numbers. @param {IDBDatabase} database */
async function waitingIn(database) {
  const transaction = database.transaction(["sealed", "delivered"]);
  const [seqs, envelopes, delivered] = await Promise.all([
    answered(transaction.objectStore("sealed").getAllKeys()),
    answered(transaction.objectStore("sealed").getAll()),
    answered(transaction.objectStore("delivered").getAllKeys()),
  ]);
  const taken = new Set(delivered);
  return seqs.map((seq, at) => ({ seq: Number(seq), envelope: /** @type {Uint8Array} */ (envelopes[at]) })).filter(({ seq }) => !taken.has(seq));
}

/** Notes what the server has taken. @param {IDBDatabase} database @param {number[]} taken */
async function note(database, taken) {
  if (taken.length === 0) return;
  const transaction = database.transaction("delivered", "readwrite", { durability: "strict" });
  for (const seq of taken) transaction.objectStore("delivered").put(true, seq);
  await committed(transaction);
}

/** The device was reported lost: without the wrapped key nobody reads what lies here. @param {IDBDatabase} database @param {string} device */
async function destroyKey(database, device) {
  // Somebody may have set up the vault anew while the answer was on its way.
  if ((await deviceOf(database)) !== device) return;
  const transaction = database.transaction("vault", "readwrite", { durability: "strict" });
  transaction.objectStore("vault").clear();
  await committed(transaction);
  // Only theirs: on a shared tablet somebody else may be at work.
  await tell(`revoked ${database.name.slice(7)}`);
}

/** @param {string} word */
async function tell(word) {
  for (const client of await worker.clients.matchAll()) client.postMessage(word);
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
