// Walls take turns. The next one is shown once it is alive; one that does not answer is passed over, the last one stays.
"use strict";
const PATIENCE_MS = 10000;
const LOOK_MS = 200;
const pages = JSON.parse(document.body.dataset.pages);
const eachMs = Number(document.body.dataset.each) * 1000;
const waits = document.getElementById("waits");
let [shown, hidden] = document.querySelectorAll("iframe");
let next = 0;

function alive(frame) {
  try {
    const body = frame.contentDocument.body;
    return body.dataset.events !== undefined && !body.classList.contains("silent");
  } catch {
    return false; // an error page of the browser
  }
}

function take(frame) {
  return new Promise((done) => {
    frame.src = pages[next];
    const until = performance.now() + PATIENCE_MS;
    const look = setInterval(() => {
      const found = alive(frame);
      if (!found && performance.now() < until) return;
      clearInterval(look);
      done(found);
    }, LOOK_MS);
  });
}

async function turn() {
  let found = false;
  for (let tried = 0; tried < pages.length && !found; tried += 1) {
    found = await take(hidden);
    next = (next + 1) % pages.length;
  }
  if (found) {
    [shown, hidden] = [hidden, shown];
    shown.classList.add("shown");
    hidden.classList.remove("shown");
    hidden.src = "about:blank";
  }
  waits.hidden = found;
  // One wall alone needs no turns: it keeps itself fresh.
  if (pages.length > 1 || !found) setTimeout(turn, found ? eachMs : LOOK_MS);
}

turn();
