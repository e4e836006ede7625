// Keys of the approvers' pages: j and k or the arrows in the queue; a, r and c on the page of one deviation. All of it also works
// without: links, buttons and forms are plain. Single keys can be switched off, because speech input and stray fingers press them too.

const KEY = "dpa-approval-keys";
const queue = document.querySelector("[data-queue]");
const desk = document.querySelector("[data-decide]");
const toggle = document.querySelector("[data-keys-switch]");

function wanted() {
  try { return localStorage.getItem(KEY) !== "off"; } catch { return true; }
}

function show() {
  const on = wanted();
  for (const hint of document.querySelectorAll("[data-keys]")) hint.hidden = !(on || hint.contains(toggle));
  if (toggle) toggle.checked = on;
}

function typing(target) {
  return target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
}

function move(step) {
  const links = [...queue.querySelectorAll(".queue-link")];
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function open(part) {
  const box = desk.querySelector(part);
  if (!box) return;
  box.open = true;
  const first = box.querySelector(part === "[data-counter]" ? "input[type=radio]" : "textarea");
  first?.focus();
  box.scrollIntoView({ block: "nearest" });
}

let sent = false;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const arrows = queue && { ArrowDown: 1, ArrowUp: -1 }[event.key] && queue.contains(document.activeElement);
  if (!wanted() && !arrows) return;
  if (queue && ({ j: 1, k: -1 }[event.key] || arrows)) {
    move({ j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key]);
    event.preventDefault();
  } else if (desk && !event.repeat) {
    const approve = desk.querySelector("[data-approve]");
    if (event.key === "a" && approve && !sent) {
      sent = true;
      event.preventDefault();
      approve.requestSubmit();
    } else if (event.key === "r") {
      event.preventDefault();
      open("[data-reject]");
    } else if (event.key === "c") {
      event.preventDefault();
      open("[data-counter]");
    }
  }
});

// A value or words that are typed choose the option they belong to.
for (const option of document.querySelectorAll("[data-counter] .form-check, [data-counter] .own-words")) {
  option.addEventListener("input", (event) => {
    if (event.target.type === "radio") return;
    const radio = option.querySelector("input[type=radio]") ?? document.querySelector("#ask-own");
    if (radio) radio.checked = true;
  });
}

toggle?.addEventListener("change", () => {
  try { localStorage.setItem(KEY, toggle.checked ? "on" : "off"); } catch { /* kept for this page only */ }
  show();
});

show();
document.querySelector("#error-summary")?.focus();
