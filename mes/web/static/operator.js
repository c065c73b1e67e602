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

// --- what the buttons do

const iso = (us) => new Date(Number(us) / 1000).toISOString();
const number = (id) => by(id).value.trim().replace(",", ".").replace(/\s/g, "");
const DECIMAL = /^[0-9]{1,12}(\.[0-9]{1,6})?$/;

function span(button) {
  const { from, to } = button.closest("[data-from]").dataset;
  // Whole microseconds: a browser's Date knows milliseconds only.
  return { from: exact(from), to: exact(to) };
}

function exact(us) {
  return iso(us).slice(0, 19) + "." + String(BigInt(us) % 1000000n).padStart(6, "0") + "Z";
}

function edit(kind, more) {
  return { kind: "edit", edit: { kind, by: by("who-area").dataset.person || by("who")?.value.trim() || "?", why: "tablet", ...more } };
}

// An instant of today, or of yesterday where it would lie in the future, by the clock of this tablet.
function typedInstant() {
  const [h, m, s] = by("at").value.split(":").map(Number);
  if (Number.isNaN(h ?? NaN)) return null;
  const at = new Date();
  at.setHours(h, m, s || 0, 0);
  if (at > new Date()) at.setDate(at.getDate() - 1);
  return at.toISOString();
}

let unconfirmed = false;
const acted = new Set();
const DO = {
  reason(button) {
    const seen = button.closest(".reasons[data-edit]")?.dataset.edit ?? button.closest("#stop").querySelector("[data-edit]").dataset.edit;
    for (const inside of document.querySelectorAll("#stop details[open]")) inside.open = false;
    // Until the page asks about the next one, this one is answered.
    by("stop").classList.remove("ask");
    for (const other of by("stop").querySelectorAll("[data-do=reason]")) other.disabled = true;
    return enter(edit("reason", { ...span(button), reason: button.dataset.reason, seen_edit: seen ? Number(seen) : null }));
  },
  comment(button) {
    const comment = by("comment").value.trim();
    return comment === "" ? by("comment").focus() : enter(edit("comment", { ...span(button), comment }));
  },
  split() {
    const at = typedInstant();
    return at === null ? by("at").focus() : enter(edit("split", { at }));
  },
  began(button) {
    const to = typedInstant();
    return to === null ? by("at").focus() : enter(edit("move", { at: span(button).from, to }));
  },
  merge(button) {
    const { from, to } = span(button);
    // From a moment before it began: what stood there before, and this, become one.
    return enter(edit("merge", { from: exact(String(BigInt(button.closest("[data-from]").dataset.from) - 1n)), to }));
  },
  "scrap-reason"(button) {
    by("scrap").dataset.reason = button.dataset.reason;
    by("why").textContent = button.firstChild.textContent;
    button.closest("details").open = false;
    dirty = true;
    // Asked for by Confirm: then it is all that was missing.
    if (unconfirmed) document.querySelector("[data-do=report]").click();
  },
  report(button) {
    const good = number("good") || "0";
    const scrap = number("scrap") || "0";
    if (!DECIMAL.test(good) || !DECIMAL.test(scrap)) return tell(w.numbers, "trouble");
    if (Number(good) === 0 && Number(scrap) === 0) return tell(w.nothing, "trouble");
    const said = { kind: "report", operation: button.dataset.operation, scrap: [] };
    if (Number(good) > 0) said.good = good;
    if (Number(scrap) > 0) {
      if (!by("scrap").dataset.reason) {
        by("report").querySelector("details").open = true;
        unconfirmed = true;
        return tell(w.scrap_reason, "trouble");
      }
      said.scrap.push({ quantity: scrap, reason: by("scrap").dataset.reason });
    }
    unconfirmed = false;
    by("good").value = "";
    by("scrap").value = "0";
    return enter(said);
  },
  async command(button) {
    const row = button.closest("[data-operation]");
    const said = { kind: "command", operation: row.dataset.operation, command: button.dataset.command };
    if (said.command === "pause") said.reason = w.pause_reason;
    if (said.command === "complete" && button.dataset.short) {
      // Fewer than were ordered: the button says how many, and is pressed once more.
      if (button.dataset.sure === undefined) {
        button.dataset.sure = "";
        button.textContent = w.short.replace("{0}", button.dataset.short);
        dirty = true;
        return setTimeout(() => { dirty = false; refresh(); }, 8000);
      }
      said.override = ["quantity"];
    }
    if (button.dataset.instead) said.instead_of = button.dataset.instead;
    // What was asked here since the page was made has changed the version that it shows.
    const unsent = (await entries()).some((entry) => entry.said.operation === said.operation);
    if (!unsent && !acted.has(said.operation)) said.seen = Number(row.dataset.seen);
    acted.add(said.operation);
    return enter(said);
  },
  inspection(button) {
    const card = button.closest(".check");
    const results = [];
    for (const field of card.querySelectorAll(".result")) {
      const text = field.value.trim().replace(",", ".");
      if (text === "") continue;
      const result = { characteristic: field.dataset.characteristic, piece: Number(field.dataset.piece) };
      if (field.dataset.variable === "1") result.value = text;
      else Object.assign(result, { nonconforming: Number(text), of: Number(field.dataset.of) });
      results.push(result);
    }
    if (results.length === 0) {
      card.querySelector(".result")?.focus();
      return tell(w.inspect, "trouble");
    }
    const inspection = { plan: card.dataset.plan, machine: page.machine, results };
    if (card.dataset.operation) inspection.operation = card.dataset.operation;
    for (const field of card.querySelectorAll(".result")) field.value = "";
    return enter({ kind: "inspection", inspection });
  },
  call(button) {
    const said = { kind: "call", call: button.dataset.call };
    if (button.dataset.open !== undefined) {
      // Help was asked for already: pressed once more, it is over.
      if (button.dataset.sure === undefined) {
        button.dataset.sure = "";
        button.querySelector("span").textContent = w.end_call;
        dirty = true;
        return setTimeout(() => { dirty = false; refresh(); }, 8000);
      }
      said.ends = button.dataset.open;
    }
    return enter(said);
  },
  async decide(button) {
    const body = { decision: button.dataset.decision, why: "tablet" };
    const who = by("who")?.value.trim() ?? "";
    const headers = { "Content-Type": "application/json" };
    if (who !== "" && !by("who-area").dataset.person) headers["Shopfloor-Person"] = encodeURIComponent(who);
    try {
      const answer = await fetch(`/api/v1/conflicts/${button.dataset.entry}/resolve`, { method: "POST", headers, body: JSON.stringify(body) });
      if (!answer.ok) tell(w.refused + " " + (await answer.json()).detail, "trouble");
    } catch {
      tell(w.offline.replace("{0}", duration(age())), "trouble");
    }
    await send();
    return showConflicts();
  },
};

document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]");
  if (step !== null) {
    const field = by(step.dataset.of);
    field.value = String(Math.max(0, Number(number(field.id) || 0) + Number(step.dataset.step)));
    dirty = true;
    return;
  }
  const button = event.target.closest("[data-do]");
  if (button !== null) DO[button.dataset.do](button);
});
document.addEventListener("input", (event) => { if (event.target.closest("#now") !== null) dirty = true; });

// --- keyboard and scanner: a key presses the button that names it, a scanned code the button that has it

let typed = "";
let last = 0;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const now = event.timeStamp;
  // A scanner types faster than anybody, and ends with Enter.
  typed = now - last < SCAN_MS ? typed : "";
  last = now;
  if (event.key.length === 1) typed += event.key;
  if (event.key === "Enter" && typed.length >= 2) {
    const code = typed.toUpperCase();
    typed = "";
    const found = [...document.querySelectorAll("[data-code]")].find((one) => one.dataset.code.toUpperCase() === code && !one.hidden);
    if (found !== undefined) {
      event.preventDefault();
      if (document.activeElement instanceof HTMLInputElement) document.activeElement.value = document.activeElement.value.slice(0, -code.length);
      found.click();
    } else if (document.activeElement !== by("who") && document.activeElement !== by("badge")) {
      tell(`? ${code}`, "trouble");
    }
    return;
  }
  if (event.target instanceof HTMLInputElement || typed.length > 1) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Enter" && event.target instanceof HTMLButtonElement) return;
  // A scanner's first letter must press nothing: wait whether more follows at once. The page may be another one by then.
  setTimeout(() => {
    if (typed.length > 1) return;
    [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && !one.hidden)?.click();
  }, key === "Enter" ? 0 : SCAN_MS);
});

// --- begin

if (by("who") !== null) by("who").value = localStorage.getItem(KEPT_WHO) ?? "";
by("who")?.addEventListener("change", () => localStorage.setItem(KEPT_WHO, by("who").value.trim()));
// A badge, or number and PIN with a blank between.
by("badge")?.addEventListener("change", () => {
  const [first, pin] = by("badge").value.trim().split(/\s+/);
  by("badge").value = "";
  if (first) {
    tell(w.signing);
    enter({ kind: "sign_on", ...(pin === undefined ? { badge: first } : { number: first, pin }) });
  }
});
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/operator/worker.js", { scope: "/operator/" }).catch(() => {});
  navigator.serviceWorker.ready.then((kept) => kept.active.postMessage(location.pathname + location.search));
}
setInterval(tick, 500);
window.addEventListener("online", () => send());
showWaiting().then(refresh);
