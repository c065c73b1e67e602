// What the buttons of the tablet do, by touch, by key and by scanner. Runs after operator.js, which keeps and sends.
"use strict";

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
