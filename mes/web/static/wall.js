// Server-sent tiles → the page. Each event says how old what it knows is; the clocks of this browser count on.
"use strict";
const SILENT_AFTER_S = 4; // with the tick below, an outage is on the screen within 5 s
const page = document.body.dataset;
const units = JSON.parse(page.units);
let source = null;
let heard = null; // when the last event came, by both clocks
let known = 0; // how old what it knew was by then, in seconds

function clocks() {
  return { monotonic: performance.now(), wall: Date.now() };
}

// The larger of two clocks: the monotonic one may stand still while the screen's computer sleeps.
function secondsSince(then) {
  const now = clocks();
  return Math.max(now.monotonic - then.monotonic, now.wall - then.wall) / 1000;
}

function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  if (whole < 100) return `${whole} ${units.s}`;
  if (minutes < 100) return `${minutes} ${units.min}`;
  if (hours < 48) return `${hours} ${units.h} ${String(minutes % 60).padStart(2, "0")}`;
  return `${Math.floor(hours / 24)} ${units.d} ${hours % 24}`;
}

function show(event) {
  const { age_s, look } = JSON.parse(event.data);
  if (look.version !== page.version) {
    location.reload();
    return;
  }
  for (const [id, html] of Object.entries(look.parts)) {
    document.getElementById("part-" + id).innerHTML = html;
  }
  heard = clocks();
  known = age_s;
  tick();
}

function age() {
  return heard === null ? Infinity : known + secondsSince(heard);
}

function tick() {
  const silence = age();
  document.body.classList.toggle("silent", silence > SILENT_AFTER_S);
  if (silence > SILENT_AFTER_S) {
    document.getElementById("silence").textContent = heard === null ? "" : duration(silence);
    return;
  }
  for (const element of document.querySelectorAll("[data-age]")) {
    const text = duration(Number(element.dataset.age) + silence);
    if (element.textContent !== text) element.textContent = text;
  }
}

let listening = clocks(); // when this connection was opened

function listen() {
  if (source !== null) source.close();
  listening = clocks();
  source = new EventSource(page.events);
  source.onmessage = show;
}

// A connection may die without a word: after a silence it is opened anew.
function watch() {
  tick();
  if (age() > SILENT_AFTER_S && secondsSince(listening) > SILENT_AFTER_S) listen();
}

listen();
setInterval(watch, 250);
