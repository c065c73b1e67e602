// A list stays fresh, the name is asked once, and old numbers are never shown; while somebody chooses, nothing moves.
"use strict";
const EVERY_MS = 2000;
const AGAIN_MS = 500; // after a failure: live soon after the server is
const ANSWER_MS = 3500;
const SILENT_AFTER_MS = 4000; // with the tick below, an outage is on the screen within 5 s
const nameField = document.getElementById("name"); // null where nobody is asked
const away = document.getElementById("list").dataset.away !== undefined; // the page of a database that is away
// What the list knows is at least as new as this, by both clocks: one stands still while the tablet sleeps.
let known = { monotonic: 0, wall: performance.timeOrigin };

function age() {
  return Math.max(performance.now() - known.monotonic, Date.now() - known.wall);
}

function tick() {
  document.body.classList.toggle("silent", away || age() > SILENT_AFTER_MS);
}

function spreadName() {
  if (nameField === null) return;
  for (const field of document.querySelectorAll("input[name=by]")) field.value = nameField.value;
}

async function refresh() {
  let pause = EVERY_MS;
  try {
    const asked = { monotonic: performance.now(), wall: Date.now() };
    const answer = await fetch(location.pathname + location.search, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    if (!answer.ok) throw new Error(answer.statusText);
    if (away) return location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!document.querySelector("#list details[open]")) {
      document.getElementById("list").replaceWith(fresh.getElementById("list"));
    }
    known = asked;
    spreadName();
  } catch {
    pause = AGAIN_MS; // The next tick says so once what is shown is too old.
  }
  tick();
  setTimeout(refresh, pause);
}

nameField?.addEventListener("input", spreadName);
document.addEventListener("submit", (event) => {
  if (nameField === null || nameField.value.trim() !== "") return;
  event.preventDefault();
  nameField.focus();
});
spreadName();
tick();
setInterval(tick, 250);
setTimeout(refresh, EVERY_MS);
