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
//   the app has its receipt: what the server has taken is only noted. Pictures follow the same way.
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
  if (event.data === "carry") event.waitUntil(carry());
  if (event.data === "carry now") event.waitUntil(carry({ asked: true }));
});

worker.addEventListener("sync", (/** @type {any} */ event) => {
  // Where it fails the browser tries again when it sees fit.
  if (event.tag === "lignum-outbox") event.waitUntil(deliver({ insist: true }).then(() => carry()));
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
      const answered = [...answer.taken, ...(answer.held ?? []), ...(answer.refused ?? []).map(({ seq }) => seq)];
      answered.forEach((seq) => tried.add(seq));
      // What the server left untouched goes along again, before everything later of its file; where it
      // left all of it, another day.
      if (boxes.length > 0 && answered.length === 0) return false;
      if (waiting.length > answered.length) continue;
      if (answer.revoked && device) await destroyKey(database, device);
      // What the server did not take stays, for the person's PIN or another day.
      return true;
    }
  } finally {
    database.close();
  }
}

/** @param {object} request @returns {Promise<{ taken: number[], held?: number[], refused?: { seq: number }[], revoked?: boolean } | undefined>} */
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

/** The person's store, if it has these parts; never made here. @param {string} name @param {string[]} [parts] @returns {Promise<IDBDatabase | undefined>} */
function openExisting(name, parts = STORES) {
  return new Promise((done) => {
    const asked = indexedDB.open(name);
    asked.onupgradeneeded = () => asked.transaction?.abort();
    asked.onerror = () => done(undefined);
    asked.onsuccess = () => {
      const database = asked.result;
      database.onversionchange = () => database.close();
      if (parts.every((store) => database.objectStoreNames.contains(store))) return done(database);
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

/** Which device this is: it stands in the open beside the wrapped key, and stays there when that is destroyed. @param {IDBDatabase} database @returns {Promise<string | undefined>} */
async function deviceOf(database) {
  return (await lockedDevice(database)) ?? (await answered(database.transaction("vault").objectStore("vault").get("last-device")));
}

/** The same, where there is a key to destroy. @param {IDBDatabase} database @returns {Promise<string | undefined>} */
async function lockedDevice(database) {
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
  if ((await lockedDevice(database)) !== device) return;
  const transaction = database.transaction("vault", "readwrite", { durability: "strict" });
  transaction.objectStore("vault").clear();
  // What is saved in another tab at this moment can still be delivered.
  transaction.objectStore("vault").put(device, "last-device");
  await committed(transaction);
  // Only theirs: on a shared tablet somebody else may be at work.
  await tell(`revoked ${database.name.slice(7)}`);
}

// ---- Contents of attachments --------------------------------------------------------------------

// They lie here as they travel, sealed under keys that stand in their ops: after the ops, chunk by chunk.
// The server is asked first which chunks it lacks, so what a cut connection carried is not carried again.
// Nothing is deleted here: what the server has settled is only noted.

/** A chunk gets this long: 128 kB on the slowest network that is one. */
const CHUNK_PATIENCE_MS = 180_000;
/** How long to wait after a cut; then not before the app asks again. */
const PAUSES_MS = [1_000, 3_000, 9_000];

/** Carries what waits, of everybody with a store here. @param {{ asked?: boolean }} [how] */
async function carry({ asked = false } = {}) {
  const names = (await indexedDB.databases()).map(({ name }) => name ?? "").filter((name) => /^lignum-[0-9a-f-]{36}$/.test(name));
  for (const name of names) {
    await worker.navigator.locks.request(`lignum-carry-${name.slice(7)}`, { ifAvailable: true }, async (lock) => {
      if (lock !== null) await carryOf(name, asked);
    });
  }
}

/** @param {string} name @param {boolean} asked */
async function carryOf(name, asked) {
  const database = await openExisting(name, ["contents", "carried", "vault"]);
  if (database === undefined) return;
  try {
    if (!asked && (await waitsForWifi(database))) return;
    const reading = database.transaction(["contents", "carried"]);
    const [here, carried] = await Promise.all([
      answered(reading.objectStore("contents").getAllKeys()),
      answered(reading.objectStore("carried").getAllKeys()),
    ]);
    const done = new Set(carried.map(String));
    for (const content of here.map(String).filter((content) => !done.has(content))) {
      let outcome = await carryOne(database, content);
      // A network that has just cut the line may carry the rest.
      for (const pause of PAUSES_MS) {
        if (outcome !== "stop") break;
        await new Promise((over) => setTimeout(over, pause));
        outcome = await carryOne(database, content);
      }
      if (outcome === "stop") return;
    }
  } finally {
    database.close();
  }
}

/** Whether the person wants pictures to go on Wi-Fi only, and this is none. @param {IDBDatabase} database */
async function waitsForWifi(database) {
  /** @type {boolean | undefined} */
  const chosen = await answered(database.transaction("vault").objectStore("vault").get("wifi-only"));
  const kind = /** @type {any} */ (worker.navigator).connection?.type;
  return (chosen ?? kind !== undefined) && kind !== "wifi" && kind !== "ethernet";
}

/** Carries a content's chunks. @param {IDBDatabase} database @param {string} content @returns {Promise<"settled" | "unknown" | "stop">} */
async function carryOne(database, content) {
  let missing = await askProgress(`/api/v1/contents/${content}`, {});
  // Its op has not been received, or was refused: another day, perhaps.
  if (missing === "unknown" || missing === "stop") return missing;
  if (missing.length > 0) {
    /** @type {{ chunks: Uint8Array[] } | undefined} */
    const row = await answered(database.transaction("contents").objectStore("contents").get(content));
    if (row === undefined) return "unknown";
    let garbled = 0;
    while (missing.length > 0) {
      const chunk = row.chunks[missing[0]];
      // Not as many as its op says: the server would never have it whole.
      if (chunk === undefined) return "unknown";
      const body = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (chunk)]);
      const answer = await askProgress(`/api/v1/contents/${content}/${missing[0]}`, { method: "PUT", body });
      if (answer === "stop") return "stop";
      if (answer === "unknown") {
        // It came whole and did not open: the server has forgotten the chunks. Once more, then another day.
        if ((garbled += 1) > 1) return "unknown";
        const anew = await askProgress(`/api/v1/contents/${content}`, {});
        if (anew === "unknown" || anew === "stop") return anew;
        missing = anew;
      } else {
        await tell(`sent ${chunk.length}`);
        missing = answer;
      }
    }
  }
  const noting = database.transaction("carried", "readwrite", { durability: "strict" });
  noting.objectStore("carried").put(true, content);
  await committed(noting);
  await tell("carried");
  return "settled";
}

/** Which chunks the server lacks. @param {string} path @param {RequestInit} init @returns {Promise<number[] | "unknown" | "stop">} */
async function askProgress(path, init) {
  try {
    const answer = await fetch(path, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(CHUNK_PATIENCE_MS), ...init });
    if (answer.status === 404 || answer.status === 422) return "unknown";
    if (!answer.ok) return "stop";
    const said = await answer.json();
    // A captive portal answers too, but not so.
    return said.v === 1 && Array.isArray(said.missing) ? said.missing : "stop";
  } catch {
    return "stop";
  }
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
