// The agreement form: parts that open by their question, further lines and terms, saving by itself while one types.

const form = document.querySelector("#agreement-form");
const saved = document.querySelector("#saved");
const QUIET = 1500;
const AGAIN = 10000;
let timer;
let running = false;
let stopped = false; // after a conflict only the user decides
let last = typedEarly() ? "" : serialised();

document.documentElement.classList.add("js");
form.elements.js.value = "true";

function serialised() {
  const data = new FormData(form);
  for (const name of ["version", "csrf_token", "js"]) data.delete(name);
  return new URLSearchParams(data).toString();
}

// Whether something was typed before this script was there.
function typedEarly() {
  return [...form.elements].some((field) => field.type !== "hidden" && (
    field.tagName === "SELECT" ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0
      : ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked
        : "defaultValue" in field && field.value !== field.defaultValue));
}

// ---- parts that open by their question -------------------------------------------------------------------------

for (const part of form.querySelectorAll("[data-asked]")) {
  const question = form.querySelector(`input[name="${part.dataset.asked}"]`);
  const show = () => { part.hidden = !question.checked; part.open = true; };
  question.addEventListener("change", show);
  show();
}

// ---- further lines and terms -----------------------------------------------------------------------------------

function changed(from) { from.dispatchEvent(new Event("input", { bubbles: true })); }

function addRow(button) {
  const rows = button.parentElement.querySelectorAll("[data-row]");
  const row = rows[rows.length - 1].cloneNode(true);
  const renamed = (text) => text.replace(/\[(\d+)\]/, `[${rows.length}]`);
  for (const element of row.querySelectorAll("[name]")) {
    const old = element.id;
    element.name = renamed(element.name);
    element.id = "f-" + element.name.replaceAll(".", "-").replaceAll("[", "-").replaceAll("]", "");
    row.querySelector(`label[for="${CSS.escape(old)}"]`)?.setAttribute("for", element.id);
    element.removeAttribute("aria-describedby");
    element.removeAttribute("aria-invalid");
    element.classList.remove("is-invalid");
    if (element.tagName === "SELECT") element.selectedIndex = 0;
    else element.value = "";
  }
  for (const note of row.querySelectorAll(".invalid-feedback")) note.remove();
  rows[rows.length - 1].after(row);
  row.querySelector("[name]").focus();
}

function addTerm() {
  const select = form.elements.add_parameter;
  const id = select.value;
  if (!id) { select.focus(); return; }
  const known = form.querySelector(`[data-term="${id}"]`);
  if (!known) {
    const template = document.querySelector(`[data-term-template="${id}"]`);
    document.querySelector("#terms-chosen").append(template.content.cloneNode(true));
  }
  select.value = "";
  const field = form.querySelector(`[data-term="${id}"]`).querySelector("input:not([type=hidden]), select");
  field.focus();
  field.select?.();
  changed(field);
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches("[data-add-row]")) { event.preventDefault(); addRow(button); }
  if (button.matches("[data-add-term]")) { event.preventDefault(); addTerm(); }
  if (button.matches("[data-remove]")) {
    event.preventDefault();
    button.closest("[data-term]").remove();
    form.elements.add_parameter.focus();
    changed(form);
  }
});
form.elements.add_parameter.addEventListener("keydown", (event) => {
  if (event.key === "Enter") { event.preventDefault(); addTerm(); }
});

// ---- saving by itself ------------------------------------------------------------------------------------------

function say(text, wrong = false) {
  saved.textContent = text;
  saved.classList.toggle("gap", wrong);
}

async function freshToken() {
  // After a new sign-in the old token no longer holds; any page of ours carries the new one.
  const page = await fetch(location.pathname, { redirect: "manual" });
  if (!page.ok) return false;
  const other = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("input[name=csrf_token]");
  if (!other || other.value === form.elements.csrf_token.value) return false;
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = other.value;
  return true;
}

async function save(retry = true) {
  const now = serialised();
  if (running || stopped || now === last) return true;
  running = true;
  say(form.dataset.wordsSaving);
  try {
    const answer = await fetch(form.action, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "manual",
    });
    if (answer.status === 409) {
      stopped = true;
      say((await answer.json()).message, true);
      return false;
    }
    if (!answer.ok) {
      if (retry && (await freshToken().catch(() => false))) { running = false; return save(false); }
      say(form.dataset.wordsSignedOut, true);
      timer = setTimeout(save, AGAIN);
      return false;
    }
    const done = await answer.json();
    form.elements.version.value = done.version;
    last = now;
    say(done.saved);
    if (location.pathname !== form.dataset.page) history.replaceState(null, "", form.dataset.page);
    return true;
  } catch {
    say(form.dataset.wordsOffline, true);
    timer = setTimeout(save, AGAIN);
    return false;
  } finally {
    running = false;
    if (!stopped && serialised() !== now) { clearTimeout(timer); timer = setTimeout(save, QUIET); }
  }
}

form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, QUIET); });
if (!last) timer = setTimeout(save, QUIET);

// A button sends the whole page, so it waits for a save that is under way: both would carry the same version.
let sending = false;
form.addEventListener("submit", async (event) => {
  if (sending) { event.preventDefault(); return; }
  clearTimeout(timer);
  if (!running) { sending = true; return; }
  event.preventDefault();
  const button = event.submitter;
  while (running) await new Promise((resume) => setTimeout(resume, 50));
  if (!stopped) form.requestSubmit(button);
});
window.addEventListener("pageshow", () => { sending = false; });
// Leaving the page: what is not saved yet goes along; only while another save is under way is there something to ask.
window.addEventListener("beforeunload", (event) => { if (running && !sending && serialised() !== last) event.preventDefault(); });
window.addEventListener("pagehide", () => {
  if (running || sending || stopped || serialised() === last) return;
  fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, keepalive: true });
});

// ---- to the errors ---------------------------------------------------------------------------------------------

function reveal(target) {
  for (let part = target; part && part !== form; part = part.parentElement) {
    if (part.tagName === "DETAILS") part.open = true;
    if (part.dataset?.asked && part.hidden) {
      const question = form.querySelector(`input[name="${part.dataset.asked}"]`);
      question.checked = true;
      part.hidden = false;
    }
  }
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#f-']");
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  reveal(target);
  target.scrollIntoView({ block: "center" });
  target.focus({ preventScroll: true });
});
for (const wrong of form.querySelectorAll(".is-invalid")) reveal(wrong);
document.querySelector("#error-summary")?.focus();
