/* Looking at a file and trying it out leave the file chosen, so that it can be taken in right after. */
"use strict";

const form = document.getElementById("import-form");
form.addEventListener("submit", async (event) => {
  const then = event.submitter?.value;
  if (then !== "look" && then !== "try") return;
  event.preventDefault();
  const place = document.getElementById("answer");
  const data = new FormData(form, event.submitter);
  place.setAttribute("aria-busy", "true");
  event.submitter.setAttribute("aria-disabled", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("answer");
    if (found) place.replaceChildren(...found.childNodes);
    else window.location.reload();
    place.focus();
  } catch {
    form.submit();
  } finally {
    place.removeAttribute("aria-busy");
    event.submitter.removeAttribute("aria-disabled");
  }
}, { capture: true });
