/* Small helps on every page. Everything works without them. */
"use strict";

const button = document.querySelector(".menu-button");
const menu = document.getElementById("menu");
if (button && menu) {
  const show = (isOpen) => {
    menu.classList.toggle("is-open", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
  };
  button.addEventListener("click", () => show(!menu.classList.contains("is-open")));
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.classList.contains("is-open")) {
      show(false);
      button.focus();
    }
  });
}

/* A form is sent once, however often somebody presses; the button that was pressed still counts. */
const told = document.getElementById("sent");
let slow = 0;
/* Whoever waits long for an answer is told that it was sent, and that it need not be sent again. */
const tellIfSlow = () => {
  window.clearTimeout(slow);
  slow = window.setTimeout(() => { if (told) told.textContent = told.dataset.text; }, 1500);
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.method !== "post") {
    tellIfSlow();
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.dataset.ask && !window.confirm(form.dataset.ask)) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  tellIfSlow();
  /* Whoever stopped the browser may send again after a minute. */
  window.setTimeout(() => {
    delete form.dataset.sent;
    event.submitter?.removeAttribute("aria-disabled");
  }, 60000);
  if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
});

/* Whoever comes back with the back button may send again. */
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  window.clearTimeout(slow);
  if (told) told.textContent = "";
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const each of document.querySelectorAll("[aria-disabled]")) each.removeAttribute("aria-disabled");
});

/* Leaving with something typed that was not sent asks first. */
for (const form of document.querySelectorAll("form[data-guard]")) {
  let isTouched = form.dataset.guard === "touched";
  form.addEventListener("input", () => { isTouched = true; });
  window.addEventListener("beforeunload", (event) => {
    if (isTouched && !form.dataset.sent) event.preventDefault();
  });
}

/* A button that needs a field asks for it before anything is sent, so that what was chosen stays chosen. */
for (const needing of document.querySelectorAll("button[data-needs]")) {
  const needed = document.getElementById(needing.dataset.needs);
  for (const each of needing.form.querySelectorAll("button")) {
    each.addEventListener("click", () => { needed.required = each === needing; });
  }
}

for (const box of document.querySelectorAll("[data-check-all]")) {
  box.addEventListener("change", () => {
    for (const each of document.querySelectorAll(`input[name="${box.dataset.checkAll}"]`)) each.checked = box.checked;
  });
}

/* What is under way is shown anew every two seconds until its part of the page says that it has ended. */
for (const place of document.querySelectorAll("[data-refresh]")) {
  const refresh = async () => {
    const answer = await fetch(place.dataset.refresh, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.redirected) {
      /* The session has ended: the page itself leads to where one signs in, and back. */
      window.location.reload();
      return;
    }
    if (answer?.ok) place.innerHTML = await answer.text();
    if (!place.querySelector("[data-ended]")) window.setTimeout(refresh, 2000);
  };
  if (!place.querySelector("[data-ended]")) window.setTimeout(refresh, 2000);
}

/* A map that is drawn larger than its frame shows its middle, or what was searched for. */
for (const frame of document.querySelectorAll(".map-frame")) {
  const found = frame.querySelector("a.faded") ? frame.querySelector("a:not(.faded)") : null;
  const box = (found ?? frame.firstElementChild).getBoundingClientRect();
  const outer = frame.getBoundingClientRect();
  frame.scrollLeft += box.left + box.width / 2 - outer.left - outer.width / 2;
  frame.scrollTop += box.top + box.height / 2 - outer.top - outer.height / 2;
}

document.getElementById("faults")?.focus();
