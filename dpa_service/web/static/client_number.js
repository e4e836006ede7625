// What an enterprise or VAT number tells while it is typed, and which number the chosen country asks for.
// Without this script all number fields are in view, and the server says the same after saving.

const form = document.querySelector("[data-client]");
const told = form?.querySelector(".number-told");

if (told) {
  const country = form.elements["client.address.country"];
  const eu = new Set("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split(" "));
  const kind = () => (country.value === "BE" ? "enterprise_number" : eu.has(country.value) ? "vat_number" : "registration");
  let latest = 0;
  let said = "";
  let timer;

  function showKind() {
    for (const part of form.querySelectorAll("[data-number]")) part.hidden = part.dataset.number !== kind();
  }

  function say(answer) {
    const same = JSON.stringify(answer);
    if (said === same) return; // leaving the field asks again: a button that is being pressed must stay where it is
    said = same;
    told.replaceChildren(document.createTextNode(answer.message));
    told.classList.toggle("gap", !answer.ok);
    told.classList.toggle("ok", answer.ok && !answer.existing);
    if (!answer.existing) return;
    const use = document.createElement(form.id === "agreement-form" ? "button" : "a");
    use.className = "btn btn-sm btn-outline-primary ms-2";
    if (form.id === "agreement-form") {
      use.type = "button";
      use.textContent = told.dataset.use;
      use.addEventListener("click", () => fill(answer.existing));
    } else {
      use.href = answer.existing.url;
      use.textContent = told.dataset.open;
    }
    told.append(use);
  }

  function fill(existing) {
    const put = (data, path) => {
      for (const [name, value] of Object.entries(data)) {
        if (value !== null && typeof value === "object") { put(value, `${path}.${name}`); continue; }
        const field = form.elements[`${path}.${name}`];
        if (!field) continue;
        if (field.type === "checkbox") field.checked = value === "true";
        else field.value = value;
      }
    };
    put(existing.client, "client");
    form.elements.client_id.value = existing.id;
    showKind();
    latest++; // an answer under way would put the question back
    said = "";
    told.replaceChildren(document.createTextNode(`✓ ${existing.name}`));
    form.dispatchEvent(new Event("input", { bubbles: true }));
    form.elements["client.name"].focus();
  }

  async function check(field) {
    const mine = ++latest;
    const text = field.value.trim();
    if (text.replace(/[^0-9A-Za-z]/g, "").length < 8) { said = ""; told.replaceChildren(); return; }
    const address = new URL(told.dataset.check, location.href);
    address.search = new URLSearchParams({ number: text, country: country.value });
    try {
      const answer = await (await fetch(address, { headers: { Accept: "application/json" } })).json();
      if (mine !== latest) return;
      if (answer.ok && answer.field !== field.name.replace("client.", "") && answer.country) {
        country.value = answer.country; // a VAT number names its country
        form.elements[`client.${answer.field}`].value = answer.number;
        field.value = "";
        showKind();
        form.elements[`client.${answer.field}`].focus();
      } else if (answer.ok && document.activeElement !== field) field.value = answer.number;
      say(answer);
    } catch { /* no connection: the server checks again on saving */ }
  }

  for (const name of ["enterprise_number", "vat_number"]) {
    const field = form.elements[`client.${name}`];
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => check(field), 350); });
    field.addEventListener("blur", () => { clearTimeout(timer); check(field); });
    if (field.value !== field.defaultValue) check(field); // typed before this script was there
  }
  country.addEventListener("change", showKind);
  showKind();
}
