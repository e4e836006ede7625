// Keys on the page of a returned file, and a word while an upload is being read. Everything works without this.

const changes = [...document.querySelectorAll(".change")];

function current() {
  return changes.findIndex((change) => change.contains(document.activeElement));
}

function go(step) {
  if (!changes.length) return;
  const at = current();
  const next = at < 0 ? (step > 0 ? 0 : changes.length - 1) : Math.min(Math.max(at + step, 0), changes.length - 1);
  changes[next].focus();
  changes[next].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const change = changes[current()];
  if (event.key === "j") go(1);
  else if (event.key === "k") go(-1);
  else if (event.key === "p" && change) change.closest(".place").querySelector("[data-propose]")?.requestSubmit();
  else if (event.key === "d" && change) {
    const details = change.querySelector(".dismiss");
    if (!details) return;
    details.open = true;
    details.querySelector("input[name=reason]").focus();
  } else return;
  event.preventDefault();
});

document.getElementById(location.hash.slice(1))?.closest(".change")?.focus();

for (const form of document.querySelectorAll("[data-busy]")) {
  form.addEventListener("submit", () => {
    form.querySelector("[data-busy-words]").textContent = form.dataset.busy;
  });
}
