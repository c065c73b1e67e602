// What lies below a number is asked for when somebody opens it, once; arrows walk the tree.
"use strict";
async function fill(place, address) {
  try {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(15000) });
    if (!answer.ok) throw new Error(answer.statusText);
    place.innerHTML = await answer.text();
    return true;
  } catch {
    return false;
  }
}
document.addEventListener("toggle", async event => {
  const node = event.target;
  if (!node.open || !node.dataset.from || node.dataset.asked) return;
  node.dataset.asked = "1";
  const place = node.querySelector(".more-rows") ?? node.querySelector(".beneath");
  if (!await fill(place, node.dataset.from)) {
    delete node.dataset.asked; // opened again, it is asked again
    node.open = false;
  }
}, true);
document.addEventListener("click", async event => {
  const more = event.target.closest("[data-more]");
  if (!more) return;
  event.preventDefault();
  const place = document.createElement("div");
  if (await fill(place, more.href)) more.parentNode.replaceWith(...place.childNodes);
});
document.addEventListener("keydown", event => {
  const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key], here = document.activeElement;
  const all = [...document.querySelectorAll("#tree summary")].filter(one => one.checkVisibility());
  if (steps) {
    const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(here) + steps))];
    if (!next) return;
    event.preventDefault();
    next.focus();
  } else if (all.includes(here) && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    event.preventDefault();
    here.parentNode.open = event.key === "ArrowRight";
  }
});
