// @ts-check
/// <reference lib="webworker" />
// Lignum's service worker: the app starts without a network, and nothing readable is kept here.
//
// The server writes the version and the list of files into this page; both change with every build.
// * A navigation is answered at once with the shell: a page without data.
// * Files of the build come from the cache of their own version, whole or not at all.
// * Everything under /api goes to the network and is never cached: it carries casework.
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
