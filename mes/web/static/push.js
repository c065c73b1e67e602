// /push: this browser subscribes to messages of alarms, or ends it. Nothing is called on before the server has it.
"use strict";
const place = document.getElementById("push");
const say = (text) => { document.getElementById("push-state").textContent = text; };
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

async function post(path, fields) {
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
  if (!answer.ok) throw new Error(String(answer.status));
}

function show(on) {
  say(on ? place.dataset.on : place.dataset.off);
  document.getElementById("push-begin").hidden = on;
  document.getElementById("push-end").hidden = !on;
}

async function begin(worker) {
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(place.dataset.key) });
  const { endpoint, keys } = made.toJSON();
  try {
    await post("/push", { endpoint, ...keys });
  } catch (error) {
    await made.unsubscribe();
    throw error;
  }
  show(true);
}

async function end(worker) {
  const made = await worker.pushManager.getSubscription();
  if (made) {
    await post("/push/end", { endpoint: made.endpoint });
    await made.unsubscribe();
  }
  show(false);
}

async function start() {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return say(place.dataset.cannot);
  const worker = await navigator.serviceWorker.register("/static/push-worker.js");
  for (const [id, act] of [["push-begin", begin], ["push-end", end]]) {
    document.getElementById(id).addEventListener("click", () => act(worker).catch(() => say(place.dataset.refused)));
  }
  show((await worker.pushManager.getSubscription()) !== null);
}
start().catch(() => say(place.dataset.cannot));
