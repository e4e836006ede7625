// The agreement beside the form: asked again a moment after each answer, and what the answer changed is marked.

const form = document.querySelector("#agreement-form");
const pane = document.querySelector("#preview");
const panels = document.querySelector("#panels");
const state = document.querySelector("#preview-state");
const QUIET = 400;
const BLOCKS = "p, li, th, td, dd, h1, h2, h3, h4, h5";
let timer;
let underway = null;

// The words of a block without its number: an article that moves down is not a change of its text.
function words(block) {
  const copy = block.cloneNode(true);
  for (const part of copy.querySelectorAll(".dpa-label, a")) part.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function leaves(root) {
  const part = root.querySelectorAll(".dpa-contents *");
  const skipped = new Set(part);
  return [...root.querySelectorAll(BLOCKS)].filter((block) => !skipped.has(block) && !block.querySelector(BLOCKS));
}

function counted(root) {
  const found = new Map();
  for (const block of leaves(root)) {
    const key = words(block);
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return found;
}

// Only the words that differ from the nearest block of before are marked; a new block is marked as a whole.
function mark(block, before) {
  const whole = block.textContent;
  let start = 0;
  let end = 0;
  if (before) {
    while (start < whole.length && whole[start] === before[start]) start++;
    while (end < whole.length - start && end < before.length - start && whole.at(-1 - end) === before.at(-1 - end)) end++;
    while (start > 0 && /\S/.test(whole[start - 1])) start--;
    while (end > 0 && /\S/.test(whole[whole.length - end])) end--;
    if (start + end >= whole.length) { start = Math.max(0, start - 1); end = 0; } // words were taken out: show where
  }
  const from = start;
  const to = whole.length - end;
  const all = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  const found = [];
  let at = 0;
  while (all.nextNode()) {
    const node = all.currentNode;
    let first = Math.max(from - at, 0);
    let last = Math.min(to - at, node.length);
    while (first < last && /\s/.test(node.data[first])) first++;
    while (last > first && /\s/.test(node.data[last - 1])) last--;
    if (first < last && node.data.slice(first, last).trim() && !node.parentElement.closest(".dpa-label")) found.push([node, first, last]);
    at += node.length;
  }
  for (const [node, first, last] of found) {
    const range = document.createRange();
    range.setStart(node, first);
    range.setEnd(node, last);
    range.surroundContents(document.createElement("mark"));
  }
}

// The block of before that a changed block replaces: the one at the same place of the same clause.
function places(root) {
  const found = new Map();
  for (const block of leaves(root)) {
    const clause = block.closest("[data-clause]")?.dataset.clause ?? "cover";
    const list = found.get(clause) ?? [];
    list.push(block);
    found.set(clause, list);
  }
  return found;
}

function show(html) {
  const old = document.createElement("div");
  old.innerHTML = pane.innerHTML;
  for (const mark of old.querySelectorAll("mark")) mark.replaceWith(...mark.childNodes);
  const next = document.createElement("div");
  next.innerHTML = html; // made and escaped by our own server
  const known = counted(old);
  const before = places(old);
  const after = places(next);
  let changes = 0;
  // At the same place with the same words: not changed, and no longer there to explain another block of the same words.
  const same = (block, former) => {
    const key = words(block);
    if (!former || words(former) !== key) return false;
    known.set(key, (known.get(key) ?? 0) - 1);
    return true;
  };
  for (const [clause, blocks] of after) {
    const former = before.get(clause) ?? [];
    const aligned = former.length === blocks.length;
    const gone = new Set(former.map(words));
    for (const block of blocks) gone.delete(words(block));
    const open = blocks.map((block, index) => [block, index]).filter(([block, index]) => !same(block, aligned ? former[index] : null));
    for (const [block, index] of open) {
      const key = words(block);
      if (!key) continue;
      if ((known.get(key) ?? 0) > 0) { known.set(key, known.get(key) - 1); continue; }
      const replaced = aligned && gone.has(words(former[index])) ? former[index].textContent : null;
      mark(block, replaced);
      changes++;
    }
  }
  const top = pane.scrollTop;
  pane.replaceChildren(...next.childNodes);
  pane.scrollTop = top;
  const first = pane.querySelector("mark");
  if (first) {
    const offset = first.getBoundingClientRect().top - pane.getBoundingClientRect().top;
    if (offset < 0 || offset > pane.clientHeight - 40) pane.scrollTop += offset - pane.clientHeight / 3;
  }
  state.textContent = changes ? `${changes} × ${form.dataset.wordsChanged}` : "";
}

async function ask() {
  underway?.abort();
  const mine = (underway = new AbortController());
  try {
    const answer = await fetch(form.dataset.preview, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, signal: mine.signal, redirect: "manual",
    });
    if (!answer.ok) return;
    const seen = await answer.json();
    const opened = new Set([...panels.querySelectorAll("details")].flatMap((part, index) => (part.open ? [index] : [])));
    const top = panels.scrollTop;
    panels.innerHTML = seen.panels; // made and escaped by our own server
    for (const [index, part] of [...panels.querySelectorAll("details")].entries()) part.open = opened.has(index);
    panels.scrollTop = top;
    if (seen.html) show(seen.html);
  } catch (trouble) {
    if (trouble.name !== "AbortError") state.textContent = "";
  }
}

form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, QUIET); });
// The links inside the agreement stay inside its pane.
pane.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const target = link && pane.querySelector(`[id="${CSS.escape(link.hash.slice(1))}"]`);
  if (!target) return;
  event.preventDefault();
  pane.scrollTop += target.getBoundingClientRect().top - pane.getBoundingClientRect().top;
});
