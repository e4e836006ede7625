// The result moves while one types: the form is asked again a moment after each change. Nothing is saved.

const form = document.querySelector("#trial-form");
const result = document.querySelector("#trial-result");
const now = document.querySelector("#trial-now");
const state = document.querySelector("#trial-state");
const QUIET = 300;
let timer;
let underway = null;

function mark(errors) {
  for (const field of form.querySelectorAll("[name]")) {
    const wrong = Object.hasOwn(errors, field.name);
    field.classList.toggle("is-invalid", wrong);
    if (wrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

async function ask() {
  underway?.abort();
  const mine = (underway = new AbortController());
  state.textContent = form.dataset.wait;
  try {
    const answer = await fetch(form.action, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, signal: mine.signal, redirect: "manual",
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const seen = await answer.json();
    const opened = [...result.querySelectorAll("details")].map((part) => part.open);
    result.innerHTML = seen.html; // made and escaped by our own server
    for (const [index, part] of [...result.querySelectorAll("details")].entries()) part.open = opened[index] ?? false;
    now.textContent = result.querySelector(".sentence")?.textContent ?? "";
    mark(seen.errors);
    state.textContent = "";
  } catch (trouble) {
    if (trouble.name !== "AbortError") state.textContent = "";
  }
}

if (form) form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, QUIET); });
