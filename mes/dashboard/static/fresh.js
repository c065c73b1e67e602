// A list stays fresh, the name is asked once, and silence is said; while somebody chooses, nothing moves.
"use strict";
const nameField = document.getElementById("name"); // null where nobody is asked
const EVERY_MS = 2000;

function spreadName() {
  for (const field of document.querySelectorAll("input[name=by]")) field.value = nameField.value;
}

async function refresh() {
  try {
    const answer = await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!document.querySelector("#list details[open]")) {
      document.getElementById("list").replaceWith(fresh.getElementById("list"));
    }
    document.body.classList.remove("silent");
    spreadName();
  } catch {
    document.body.classList.add("silent");
  }
  setTimeout(refresh, EVERY_MS);
}

nameField?.addEventListener("input", spreadName);
document.addEventListener("submit", (event) => {
  if (nameField?.value.trim() !== "") return;
  event.preventDefault();
  nameField.focus();
});
spreadName();
setTimeout(refresh, EVERY_MS);
