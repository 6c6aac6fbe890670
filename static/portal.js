// The portal works without this file. It adds: dropping files or a folder onto their field, and the chosen names.
"use strict";

function showChosen(field) {
  const place = field.closest(".rc-drop").querySelector("[data-chosen]");
  if (!place) return;
  const more = field.files.length - 1;
  const first = field.files.length ? field.files[0].name : place.dataset.chosen;
  place.textContent = more > 0 ? `${first} and ${more} more` : first;
}

// Gives the files below what was dropped; a folder answers in portions until it gives none.
async function filesBelow(entry) {
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const portion = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!portion.length) return found;
    for (const below of portion) found.push(...await filesBelow(below));
  }
}

async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
  if (!entries.some((entry) => entry && entry.isDirectory)) return transfer.files;
  const all = new DataTransfer();
  for (const entry of entries) for (const file of await filesBelow(entry)) all.items.add(file);
  return all.files;
}

for (const area of document.querySelectorAll(".rc-drop")) {
  const field = area.querySelector("input[type=file]");
  if (!field) continue;
  field.addEventListener("change", () => showChosen(field));
  for (const name of ["dragenter", "dragover"]) {
    area.addEventListener(name, (event) => { event.preventDefault(); area.classList.add("is-over"); });
  }
  for (const name of ["dragleave", "drop"]) {
    area.addEventListener(name, (event) => { event.preventDefault(); area.classList.remove("is-over"); });
  }
  area.addEventListener("drop", (event) => {
    if (!event.dataTransfer.items.length) return;
    droppedFiles(event.dataTransfer).then((files) => {
      if (!files.length) return;
      field.files = files;
      showChosen(field);
    });
  });
}

// A form that changes something is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.dataset.sent) {
    if (form.dataset.sent) event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  window.addEventListener("pageshow", () => { delete form.dataset.sent; }, { once: true });
});
