// Approving minutes: ticking many at once, a count on the button, and keys: j and k move, x ticks, a approves. All of it also works
// without: boxes and buttons are plain. Single keys can be switched off (the same switch as that of the other approvals).

const KEY = "dpa-approval-keys";
const form = document.querySelector("#decide");
const boxes = [...document.querySelectorAll(".tick input[type=checkbox]")];
const toggle = document.querySelector("[data-keys-switch]");
const counter = form?.querySelector("[data-count]");
const everything = document.querySelector("[data-tick-everything]");
const parts = [
  ...[...document.querySelectorAll("[data-group]")].map((group) => [group.querySelector("[data-tick-all]"), [...group.querySelectorAll(".tick input")]]),
  [everything, boxes],
].filter(([label]) => label);

function wanted() {
  try { return localStorage.getItem(KEY) !== "off"; } catch { return true; }
}

function count() {
  const ticked = boxes.filter((box) => box.checked).length;
  if (counter) counter.textContent = ticked ? `(${ticked})` : "";
  for (const [label, own] of parts) {
    const all = label.querySelector("input");
    all.checked = own.length > 0 && own.every((box) => box.checked);
    all.indeterminate = !all.checked && own.some((box) => box.checked);
  }
}

for (const [label, own] of parts) {
  label.hidden = own.length < 2;
  label.querySelector("input").addEventListener("change", (event) => {
    for (const box of own) box.checked = event.target.checked;
    count();
  });
}
for (const box of boxes) box.addEventListener("change", count);

function move(step) {
  const at = boxes.indexOf(document.activeElement);
  const next = boxes[at < 0 ? (step > 0 ? 0 : boxes.length - 1) : Math.min(Math.max(at + step, 0), boxes.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

let sent = false;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !wanted()) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
  else if (event.key === "x" && boxes.includes(document.activeElement)) document.activeElement.click();
  else if (event.key === "a" && form && !event.repeat && !sent && boxes.some((box) => box.checked)) {
    sent = true;
    form.requestSubmit(form.querySelector("[data-approve]"));
  } else return;
  event.preventDefault();
});

toggle?.addEventListener("change", () => {
  try { localStorage.setItem(KEY, toggle.checked ? "on" : "off"); } catch { /* kept for this page only */ }
});
for (const hint of document.querySelectorAll("[data-keys]")) hint.hidden = false;
if (toggle) toggle.checked = wanted();
count();
