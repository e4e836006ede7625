// The line of the day sheet: the words in the field of the request are marked, so that typing replaces them; the ticks about an audit
// show for audits only. The focus after adding is the page's own (autofocus); everything works without this.

const line = document.querySelector("[data-day-line]");
document.querySelector("#error-summary")?.focus();

if (line) {
  const field = line.querySelector("#f-request");
  const audit = line.querySelector("[data-audit]");
  const duties = new Map([...line.querySelectorAll("datalist option")].map((each) => [each.value, each.dataset.duty]));
  const show = () => {
    const duty = duties.get(field.value.trim());
    audit.hidden = duty !== undefined && duty !== "audit";
    if (audit.hidden) for (const box of audit.querySelectorAll("input")) box.checked = false;
  };
  field.addEventListener("focus", () => field.select());
  field.addEventListener("input", show);
  if (document.activeElement === field) field.select();
  show();
}
