/* Shows what is similar while somebody writes; the button beside the form does the same without this. */
"use strict";

const form = document.getElementById("entry-form");
const place = document.getElementById("similar");
let timer = 0;
let running = null;
let shownFor = "";

const said = () => ["kind", "title", "text"].map((name) => new FormData(form).get(name) ?? "").join("\n");

async function look() {
  const words = said();
  if (words === shownFor || words.split(/\s+/).length < 5) return;
  running?.abort();
  running = new AbortController();
  const mine = running;
  place.setAttribute("aria-busy", "true");
  if (!place.hasChildNodes() || !place.textContent.trim()) place.textContent = place.dataset.waiting;
  try {
    const data = new FormData(form);
    data.delete("then");
    const answer = await fetch(form.dataset.similar, { method: "POST", body: new URLSearchParams(data), signal: mine.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    place.innerHTML = await answer.text();
    shownFor = words;
  } catch (error) {
    if (error.name !== "AbortError") place.textContent = (error.message === "401" && place.dataset.ended) || place.dataset.failed;
  } finally {
    if (running === mine) place.removeAttribute("aria-busy");
  }
}

form.addEventListener("input", (event) => {
  if (!["text", "title", "kind"].includes(event.target.name)) return;
  window.clearTimeout(timer);
  timer = window.setTimeout(look, 600);
});
form.querySelector('button[value="look"]').addEventListener("click", (event) => {
  event.preventDefault();
  look();
});

/* The address tells which form this is: whoever comes back to it finds what was saved from it. */
const nonce = form.querySelector('input[name="nonce"]')?.value;
if (nonce) {
  const address = new URL(window.location.href);
  if (address.pathname === "/new") {
    address.searchParams.set("draft", nonce);
    window.history.replaceState(null, "", address);
  }
}
