// n opens a new request from the list. The button does the same; the key can be switched off, because speech input and stray fingers
// press it too.

const KEY = "dpa-assistance-keys";
const button = document.querySelector("#new-request");
const toggle = document.querySelector("[data-keys-switch]");

function wanted() {
  try { return localStorage.getItem(KEY) !== "off"; } catch { return true; }
}

function show() {
  for (const hint of document.querySelectorAll("[data-keys]")) hint.hidden = !(wanted() || hint.contains(toggle));
  if (toggle) toggle.checked = wanted();
}

toggle?.addEventListener("change", () => {
  try { localStorage.setItem(KEY, toggle.checked ? "on" : "off"); } catch { /* kept for this page only */ }
  show();
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || !wanted()) return;
  if (event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]")) return;
  if (event.key === "n" && button) {
    event.preventDefault();
    button.click();
  }
});

show();
