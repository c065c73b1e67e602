// Keeps the tablet's page, its scripts and drawings for when there is no network. Entries are kept by the page itself.
"use strict";
const KEPT = "shopfloor-VERSION";
const STATIC = ["/static/tokens.css?VERSION", "/static/page.css?VERSION", "/static/operator.css?VERSION", "/static/operator.js?VERSION", "/static/operator-buttons.js?VERSION"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(STATIC)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("shopfloor-") && name !== KEPT);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

// A page that was open before this script had begun asks to be kept.
self.addEventListener("message", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.add(String(event.data))).catch(() => {}));
});

async function networkFirst(request) {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(4000) });
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    // Whatever language was asked for: the page as it was last seen.
    const kept = (await cache.match(request)) ?? (await cache.match(request, { ignoreSearch: true }));
    if (kept === undefined) throw error;
    const headers = new Headers(kept.headers);
    headers.set("Shopfloor-Kept", "1");
    return new Response(await kept.blob(), { status: kept.status, headers });
  }
}

async function cacheFirst(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept !== undefined) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/operator/documents/")) event.respondWith(cacheFirst(request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(cacheFirst(request));
  else if (url.pathname.startsWith("/operator")) event.respondWith(networkFirst(request));
});
