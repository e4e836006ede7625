// Runs over many clients or drafts, told as they go on: the form's own POST is read line by line. Without this script the same POST
// answers a page that grows.

const KIND = "application/x-ndjson";

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const parts = (held + value).split("\n");
    held = parts.pop();
    for (const part of parts) if (part) yield JSON.parse(part);
  }
}

async function run(form, place) {
  const bar = place.querySelector("progress");
  const say = place.querySelector(".run-say");
  const spoken = place.querySelector(".run-told"); // a screen reader hears every tenth part, not every line
  const list = place.querySelector(".run-lines");
  const end = place.querySelector(".run-end");
  const buttons = document.querySelectorAll("form[data-run] button, .wip-table button");
  let ended = false;
  let told = 0;
  for (const button of buttons) button.disabled = true;
  place.hidden = false;
  list.replaceChildren();
  end.replaceChildren();
  say.textContent = spoken.textContent = place.dataset.begin;
  bar.removeAttribute("value"); // unknown until the first line
  place.focus();
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: KIND }, redirect: "manual" });
    if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith(KIND)) {
      form.submit(); // signed out, refused: the server's own page says it
      return;
    }
    for await (const line of lines(answer.body)) {
      if (line.end) {
        ended = true;
        for (const part of document.querySelectorAll("[data-stale]")) part.hidden = true; // figures from before the run
        end.innerHTML = line.html; // made and escaped by our own server
        if (!line.stopped) bar.value = bar.max;
        say.textContent = spoken.textContent = line.say;
      } else {
        bar.max = line.total;
        bar.value = line.done;
        list.insertAdjacentHTML("beforeend", line.html);
        say.textContent = line.say;
        const ten = Math.floor((line.done * 10) / line.total);
        if (ten !== told) {
          told = ten;
          spoken.textContent = line.say;
        }
      }
    }
  } catch {
    // the connection broke: told below, with the same words as an answer that ends too early
  }
  if (!ended) say.textContent = spoken.textContent = place.dataset.broken;
  for (const button of buttons) button.disabled = false;
}

// An invoice is issued with the texts that were saved: who typed others saves them first.
const issue = document.querySelector("#issue");
document.querySelector("#texts")?.addEventListener("input", () => {
  if (issue) issue.hidden = true;
  document.querySelector("#unsaved")?.removeAttribute("hidden");
});

for (const form of document.querySelectorAll("form[data-run]"))
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form, document.getElementById(form.dataset.run));
  });
