// Another line of damage, without a round trip: a copy of the last one, emptied.

const rows = document.querySelector(".item-rows");
const button = document.querySelector("#add-item");
const MOST = 100;

function add() {
  const last = rows.lastElementChild;
  const next = last.cloneNode(true);
  const number = rows.children.length;
  const renamed = (text) => text.replace(/items([-[])\d+/, (whole, sign) => `items${sign}${number}`);
  for (const part of next.querySelectorAll("[name], [id], [for]")) {
    for (const attribute of ["name", "id", "for"]) {
      if (part.hasAttribute(attribute)) part.setAttribute(attribute, renamed(part.getAttribute(attribute)));
    }
    part.removeAttribute("aria-invalid");
    part.removeAttribute("aria-describedby");
    part.classList.remove("is-invalid");
    if (part.matches("input[type=checkbox]")) part.checked = false;
    else if (part.matches("input")) part.value = "";
  }
  for (const note of next.querySelectorAll(".invalid-feedback")) note.remove();
  next.setAttribute("aria-label", next.getAttribute("aria-label").replace(/\d+/, String(number + 1)));
  rows.append(next);
  next.querySelector("input, select").focus();
  button.hidden = rows.children.length >= MOST;
}

if (rows && button) {
  button.hidden = false;
  button.addEventListener("click", add);
}
