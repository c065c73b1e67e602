// A waiting operation is dragged before another one of its machine; by keyboard Alt and an arrow do the same.
"use strict";
let held = null;
let aimed = null;

function lane(bar) {
  return [...bar.parentElement.querySelectorAll(".movable")];
}

function move(bar, before) {
  const form = document.getElementById("move");
  form.action = `/board/${bar.dataset.operation}/place`;
  form.elements.before.value = before === null ? "" : before.dataset.operation;
  form.submit();
}

function aim(bar) {
  aimed?.classList.remove("aim");
  aimed = bar;
  aimed?.classList.add("aim");
}

document.addEventListener("pointerdown", (event) => {
  held = event.target.closest?.(".movable") ?? null;
  held?.classList.add("held");
});
document.addEventListener("pointermove", (event) => {
  if (held === null) return;
  const there = document.elementFromPoint(event.clientX, event.clientY)?.closest(".movable") ?? null;
  aim(there !== null && there !== held && there.parentElement === held.parentElement ? there : null);
});
document.addEventListener("pointerup", (event) => {
  if (held === null) return;
  const bar = held;
  const all = lane(bar);
  held = null;
  bar.classList.remove("held");
  if (aimed !== null) {
    // Dropped on the right half of one, it stands after it.
    const box = aimed.getBoundingClientRect();
    const after = event.clientX > box.left + box.width / 2;
    return move(bar, after ? (all[all.indexOf(aimed) + 1] ?? null) : aimed);
  }
  const last = all.at(-1)?.getBoundingClientRect();
  const row = bar.parentElement.getBoundingClientRect();
  if (last !== undefined && bar !== all.at(-1) && event.clientX > last.right && event.clientY > row.top && event.clientY < row.bottom) move(bar, null);
});
document.addEventListener("pointercancel", () => {
  held?.classList.remove("held");
  held = null;
  aim(null);
});
document.addEventListener("keydown", (event) => {
  const bar = document.activeElement?.closest?.(".movable");
  if (!bar || !event.altKey) return;
  const all = lane(bar);
  const at = all.indexOf(bar);
  if (event.key === "ArrowLeft" && at > 0) move(bar, all[at - 1]);
  else if (event.key === "ArrowRight" && at < all.length - 1) move(bar, all[at + 2] ?? null);
  else return;
  event.preventDefault();
});
