// While one types: what looks like a person's name is pointed out, and the clocks that a new request would start are shown.
// Nothing is kept by either question. Without this script the server says the same after sending.

const QUIET = 400;

function later(wait, work) {
  let timer;
  return () => { clearTimeout(timer); timer = setTimeout(work, wait); };
}

/** Asks `address` with the given fields and puts the answer's html into `place`; an older answer never follows a newer one. */
function asking(form, place, address, fields) {
  let underway = null;
  const said = (part) => part.textContent.replace(/\s+/g, " ").trim();
  return async () => {
    underway?.abort();
    const mine = (underway = new AbortController());
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    body.set("client", form.elements.client.value);
    for (const [name, value] of fields()) body.append(name, value);
    try {
      const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" }, signal: mine.signal, redirect: "manual" });
      if (!answer.ok) return;
      const made = document.createElement("template");
      made.innerHTML = (await answer.json()).html; // made and escaped by our own server
      if (said(made.content) !== said(place)) place.replaceChildren(made.content); // else what one reads or ticks stays in place
    } catch (trouble) {
      if (trouble.name !== "AbortError") return; // no connection: the server says it after sending
    }
  };
}

for (const form of document.querySelectorAll("form[data-hints]")) {
  const place = form.querySelector("[data-hints-here]") ?? form.querySelector("#hints");
  const texts = [...form.querySelectorAll("input[name=subject], input[name=case_reference], textarea[name=text], [data-hint]")];
  if (!place || !texts.length) continue;
  const ask = later(QUIET, asking(form, place, form.dataset.hints, () => texts.map((field) => ["text", field.value])));
  for (const field of texts) {
    field.addEventListener("input", ask);
    if (field.value !== field.defaultValue) ask(); // typed before this script was there
  }
}

for (const form of document.querySelectorAll("form[data-look]")) {
  const names = ["duty", "clock_started_day", "clock_started_time"];
  const values = () => [...new FormData(form)].filter(([name]) => names.includes(name));
  const ask = later(150, asking(form, form.querySelector("#look"), form.dataset.look, values));
  form.addEventListener("input", (event) => { if (names.includes(event.target.name)) ask(); });
  const legend = form.querySelector("#l-started");
  const entitle = () => { legend.textContent = form.querySelector("[name=duty]:checked")?.dataset.started ?? legend.textContent; };
  form.addEventListener("change", (event) => { if (event.target.name === "duty") entitle(); });
  entitle();
  form.querySelector("[data-look-button]").hidden = true; // they are shown at once
  if (form.elements.duty.value) ask();
}
