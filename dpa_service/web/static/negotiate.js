// The page of one clause: what a choice would do, asked again a moment after each change. Without this script the button "Look" does it.

const form = document.querySelector("#ask-form");
const panel = document.querySelector("#look-panel");
const state = document.querySelector("#look-state");
const short = document.querySelector("#look-short a");
const QUIET = 250;
let timer;
let underway = null;

document.documentElement.classList.add("js");

// Why there is no look, in the place of one that is no longer true.
function tell(words) {
  const line = document.createElement("p");
  line.className = "gap";
  line.textContent = words;
  panel.replaceChildren(line);
  state.textContent = words;
}

async function look() {
  underway?.abort();
  const mine = (underway = new AbortController());
  panel.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.dataset.look, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, signal: mine.signal, redirect: "manual",
    });
    if (!answer.ok) { tell(form.dataset.wordsGone); return; }
    const seen = await answer.json();
    panel.innerHTML = seen.html; // made and escaped by our own server
    panel.scrollTop = 0;
    if (seen.short) short.textContent = seen.short;
    state.textContent = panel.querySelector("h2")?.parentElement.textContent.replace(/\s+/g, " ").trim() ?? "";
  } catch (trouble) {
    if (trouble.name !== "AbortError") tell(form.dataset.wordsOffline);
  } finally {
    if (underway === mine) panel.removeAttribute("aria-busy");
  }
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(look, QUIET);
}

function chosen() {
  return form.querySelector("input[name='ask']:checked");
}

form.addEventListener("input", (event) => {
  if (event.target.name === "reason") return;
  const radio = event.target.closest(".choice")?.querySelector("input[name='ask']");
  if (radio && event.target !== radio) radio.checked = true;
  soon();
});

// "F1 would already give": choose that rung here, without a new page.
panel.addEventListener("click", (event) => {
  const link = event.target.closest("[data-choose]");
  const radio = link && form.querySelector(`input[name="ask"][value="${CSS.escape(link.dataset.choose)}"]`);
  if (!radio) return;
  event.preventDefault();
  radio.checked = true;
  radio.focus();
  look();
});

document.querySelector("#error-summary")?.focus();
if (chosen() && !panel.querySelector("[data-possible], [data-refused]")) look();
