// The tablet at a machine. Each press makes an entry with an id of its own; it is kept here until the server has it, and
// sent until it is known to be taken. Nothing is called saved before that.
"use strict";
const page = document.body.dataset;
const w = JSON.parse(page.words);
const by = (id) => document.getElementById(id);
const EVERY_MS = 3000;
const AGAIN_MS = 1000;
const SILENT_AFTER_MS = 6000;
const MOST = 50;
const SCAN_MS = 120;
const KEPT_WHO = "shopfloor-who";
const KEPT_SIGN_ON = "shopfloor-sign-on"; // an entry that was not sent yet

// --- what is kept here: entries in their order, who this tablet is, and how its clock differs from the server's

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("shopfloor", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("entries", { keyPath: "seq", autoIncrement: true });
      asked.result.createObjectStore("about");
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
const database = opened();

async function stored(store, mode, work) {
  const transaction = (await database).transaction(store, mode);
  const request = work(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}
const entries = () => stored("entries", "readonly", (all) => all.getAll());
const remember = (key, value) => stored("about", "readwrite", (about) => about.put(value, key));
const recalled = (key) => stored("about", "readonly", (about) => about.get(key));

// crypto.randomUUID needs a secure context, which a plain address in a plant is not.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

async function device() {
  const known = await recalled("device");
  if (known !== undefined) return known;
  const made = uuid();
  await remember("device", made);
  return made;
}

// --- what entering costs: touches and time since the last entry

let touches = 0;
let begun = null;
function touched() {
  touches += 1;
  begun ??= performance.now();
}
document.addEventListener("pointerdown", touched, true);
document.addEventListener("keydown", (event) => { if (!event.repeat) touched(); }, true);

// --- words to the person

let quiet = null;
function tell(text, kind = "") {
  const told = by("told");
  told.textContent = text;
  told.className = kind;
  told.hidden = false;
  clearTimeout(quiet);
  quiet = setTimeout(() => { told.hidden = true; }, 6000);
}

function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 100) return `${seconds} ${w.s}`;
  if (minutes < 100) return `${minutes} ${w.min}`;
  return hours < 48 ? `${hours} ${w.h} ${String(minutes % 60).padStart(2, "0")} ${w.min}` : `${Math.floor(hours / 24)} ${w.d} ${hours % 24} ${w.h}`;
}

// --- entries

// In whose name: who signed on here since the server was last heard, who the server knows to be signed on, or a name.
function person() {
  const known = by("who-area").dataset;
  const signing = localStorage.getItem(KEPT_SIGN_ON);
  if (known.station && signing !== null) return { sign_on: signing };
  if (known.person) return { by: known.person };
  const typed = by("who")?.value.trim() ?? "";
  if (typed === "") return null;
  localStorage.setItem(KEPT_WHO, typed);
  return { by: typed };
}

let sending = false;
async function enter(said, machine = page.machine) {
  const who = said.kind === "sign_on" ? {} : person();
  if (who === null) {
    (by("badge") ?? by("who")).focus();
    tell(w.sign_on, "trouble");
    return false;
  }
  const entry = { id: uuid(), machine, ...who, made: new Date().toISOString(), touches, took_ms: begun === null ? 0 : Math.round(performance.now() - begun), said };
  const offset = await recalled("offset");
  if (offset !== undefined) entry.offset_ms = offset;
  touches = 0;
  begun = null;
  enteredAt = performance.now();
  if (said.kind === "sign_on") localStorage.setItem(KEPT_SIGN_ON, entry.id);
  await stored("entries", "readwrite", (all) => all.add(entry));
  dirty = false;
  await showWaiting();
  await send();
  return true;
}

async function send() {
  if (sending) return;
  sending = true;
  try {
    for (let all = await entries(); all.length > 0; all = await entries()) {
      const part = all.slice(0, MOST);
      const asked = Date.now();
      const answer = await fetch("/api/v1/offline-batches", {
        method: "POST", cache: "no-store", signal: AbortSignal.timeout(15000),
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ device: await device(), now: new Date(asked).toISOString(), entries: part }),
      });
      if (answer.status === 401 || answer.status === 403) {
        tell(w.refused + " " + (await answer.json()).detail, "trouble");
        return;
      }
      if (!answer.ok) {
        if (answer.status < 500 && answer.status !== 429) tell(w.refused + " " + (await answer.json()).detail, "trouble");
        return;
      }
      const { now, results } = await answer.json();
      // Half of the way there and back is the best guess of when the server looked at its clock.
      await remember("offset", Math.round(Date.parse(now) - (asked + Date.now()) / 2));
      enteredAt = performance.now();
      const done = new Map(results.map((one) => [one.id, one]));
      const taken = part.filter((entry) => ["applied", "repeated", "conflict"].includes(done.get(entry.id)?.status));
      await stored("entries", "readwrite", (kept) => { for (const entry of taken) kept.delete(entry.seq); });
      if (taken.some((entry) => entry.id === localStorage.getItem(KEPT_SIGN_ON))) localStorage.removeItem(KEPT_SIGN_ON);
      const conflict = results.find((one) => one.status === "conflict");
      if (conflict !== undefined) tell(w.conflict + " " + conflict.problem.detail, "trouble");
      else if (taken.length > 0) tell(w.saved, "ok");
      await showWaiting();
      if (taken.length === 0) return;
    }
  } catch {
    // No network: the entries wait here.
  } finally {
    sending = false;
    await showWaiting();
    refresh();
  }
}

const SHORT = { report: (said) => `${said.good ?? 0} / ${said.scrap.reduce((sum, one) => sum + Number(one.quantity), 0)}`, command: (said) => said.command, edit: (said) => said.edit.reason ?? said.edit.kind, inspection: () => "", call: (said) => said.call, sign_on: () => "", sign_off: () => "" };
async function showWaiting() {
  const all = await entries();
  const list = by("waiting").querySelector("ul");
  list.replaceChildren(...all.map((entry) => {
    const line = document.createElement("li");
    line.textContent = `${entry.made.slice(11, 16)}Z · ${entry.machine} · ${entry.said.kind} ${SHORT[entry.said.kind]?.(entry.said) ?? ""} · ${entry.by ?? ""}`;
    return line;
  }));
  by("waiting").hidden = all.length === 0;
  waiting = all.length;
  await showCommands(all);
  tick();
}

// What was pressed and not sent yet decides which buttons make sense.
const AFTER = { start: ["pause", "complete"], resume: ["pause", "complete"], pause: ["resume", "complete"], complete: [] };
async function showCommands(all) {
  for (const row of document.querySelectorAll("#order [data-operation]")) {
    const pressed = all.filter((entry) => entry.said.kind === "command" && entry.said.operation === row.dataset.operation).at(-1);
    if (pressed === undefined) continue;
    for (const button of row.querySelectorAll("[data-do=command]")) button.hidden = !AFTER[pressed.said.command].includes(button.dataset.command);
  }
}

async function showConflicts() {
  try {
    const answer = await fetch(`/api/v1/conflicts?machine=${page.machine}`, { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (!answer.ok) return;
    const { items } = await answer.json();
    const list = by("conflicts").querySelector("ul");
    list.replaceChildren(...items.map((one) => {
      const line = document.createElement("li");
      const text = document.createElement("span");
      text.textContent = `${one.at.slice(11, 16)}Z · ${one.person} · ${one.said.kind} ${SHORT[one.said.kind]?.(one.said) ?? ""}: ${one.problem.detail}`;
      line.append(text, ...["apply", "discard"].map((decision) => {
        const button = document.createElement("button");
        button.className = "btn quiet";
        button.textContent = list.dataset[decision];
        button.dataset.do = "decide";
        button.dataset.entry = one.id;
        button.dataset.decision = decision;
        return button;
      }));
      return line;
    }));
    by("conflicts").hidden = items.length === 0;
  } catch {
    // They are listed when there is a network again.
  }
}

// --- the page stays fresh; while somebody types, nothing moves

let known = null; // when the server last answered; until then the page may be one that was kept
let waiting = 0;
let dirty = false;
let asking = false;
let again = false;
let enteredAt = 0;
let later = null;

function age() {
  if (known === null) return Infinity;
  return Math.max(performance.now() - known.monotonic, Date.now() - known.wall);
}

function tick() {
  const silent = age() > SILENT_AFTER_MS;
  document.body.classList.toggle("silent", silent);
  const told = by("offline");
  const parts = [];
  if (silent && (known !== null || performance.now() > SILENT_AFTER_MS)) parts.push(w.offline.replace("{0}", known === null ? "?" : duration(age())));
  if (waiting > 0) parts.push((waiting === 1 ? w.waiting_one : w.waiting).replace("{0}", waiting));
  told.hidden = parts.length === 0;
  const text = "▲ " + parts.join(" · ");
  if (told.textContent !== text) told.textContent = text;
  if (silent) return;
  for (const element of document.querySelectorAll("#state [data-age]")) element.textContent = duration(Number(element.dataset.age) * 1000 + age());
}

async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  again = false;
  clearTimeout(later);
  let pause = EVERY_MS;
  try {
    const asked = { monotonic: performance.now(), wall: Date.now() };
    const answer = await fetch(location.pathname + location.search, { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (!answer.ok || answer.headers.has("Shopfloor-Kept")) throw new Error("old");
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (fresh.body.dataset.version !== page.version) {
      if (waiting === 0) return location.reload();
    } else {
      by("state").replaceWith(fresh.getElementById("state"));
      by("clock").replaceWith(fresh.getElementById("clock"));
      by("who-area").replaceWith(fresh.getElementById("who-area"));
      // What was asked for before something was entered shows what was before.
      if (asked.monotonic < enteredAt) again = true;
      else if (!dirty && document.querySelector("#now details[open]") === null && !by("now").contains(document.activeElement?.closest("input"))) {
        const focused = document.activeElement?.dataset.code;
        by("now").replaceWith(fresh.getElementById("now"));
        if (waiting === 0) acted.clear();
        if (focused !== undefined) document.querySelector(`[data-code="${CSS.escape(focused)}"]`)?.focus();
        await showCommands(await entries());
      }
    }
    const back = age() > SILENT_AFTER_MS;
    known = asked;
    if (waiting > 0 || back) send();
    await showConflicts();
  } catch {
    pause = AGAIN_MS;
  } finally {
    asking = false;
  }
  tick();
  later = setTimeout(refresh, again ? 0 : pause);
}
