// A form of many parts: asks before the page is left with something unsaved, and saves with Ctrl+Enter from any field.

const form = document.querySelector("[data-unsaved]");
const state = () => new URLSearchParams(new FormData(form)).toString();
const first = state();
let sent = false;

form.addEventListener("submit", () => { sent = true; });
addEventListener("pageshow", () => { sent = false; });
addEventListener("beforeunload", (leaving) => {
  if (!sent && (form.dataset.unsaved || state() !== first)) leaving.preventDefault();
});
form.addEventListener("keydown", (pressed) => {
  if (pressed.key !== "Enter" || !(pressed.ctrlKey || pressed.metaKey)) return;
  pressed.preventDefault();
  form.requestSubmit(pressed.target.closest("section")?.querySelector("button"));
});
