// A file goes to the API as it is, without a form around it; what the API says against it is shown.
"use strict";
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.upload === undefined) return;
  event.preventDefault();
  const [file] = form.querySelector("input[type=file]").files;
  const button = form.querySelector("button");
  const told = form.querySelector(".trouble");
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  const name = /(?:^|; )shopfloor_name=([^;]*)/.exec(document.cookie);
  if (name !== null && name[1] !== "") headers["Shopfloor-Person"] = name[1];
  button.disabled = true;
  told.hidden = true;
  try {
    const address = `${form.dataset.upload}?name=${encodeURIComponent(file.name)}`;
    const answer = await fetch(address, { method: "POST", headers, body: file });
    if (answer.ok) return location.reload();
    const problem = await answer.json();
    told.textContent = `${problem.detail} ${problem.cure}`;
  } catch (error) {
    told.textContent = String(error);
  }
  told.hidden = false;
  button.disabled = false;
});
