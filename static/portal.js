// The portal works without this file. It adds: dropping a file onto its field, and the name of the chosen file.
"use strict";

function showChosen(field) {
  const place = field.closest(".rc-drop").querySelector("[data-chosen]");
  if (place) place.textContent = field.files.length ? field.files[0].name : place.dataset.chosen;
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
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    showChosen(field);
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
