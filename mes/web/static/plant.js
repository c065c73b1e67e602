// A chosen file stands in the field at once, so that it is checked like a text that was typed.
"use strict";
document.getElementById("file")?.addEventListener("change", async event => {
  const [file] = event.target.files;
  if (file) document.querySelector("textarea[name=text]").value = await file.text();
});
