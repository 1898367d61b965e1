/* The review by keyboard. Single keys can be switched off, and never act while somebody writes. */
"use strict";

const OFF = "matcher-keys-off";
const switchBox = document.getElementById("keys-on");
const help = document.getElementById("keys");
const candidates = [...document.querySelectorAll("[data-candidate]")];
const rows = [...document.querySelectorAll("[data-row]")];
const stops = candidates.length ? candidates : rows;
let current = -1;

const remembered = (() => { try { return window.localStorage.getItem(OFF); } catch { return null; } })();
if (switchBox) {
  switchBox.checked = !remembered;
  switchBox.addEventListener("change", () => {
    try {
      if (switchBox.checked) window.localStorage.removeItem(OFF);
      else window.localStorage.setItem(OFF, "yes");
    } catch { /* private windows keep nothing */ }
  });
}

function choose(index, isMoved) {
  if (index < 0 || index >= stops.length) return;
  stops[current]?.classList.remove("is-current");
  current = index;
  const stop = stops[current];
  stop.classList.add("is-current");
  if (isMoved) {
    const place = stop.matches("[data-row]") ? stop.querySelector("a[data-open]") : stop;
    place.focus({ preventScroll: true });
    stop.scrollIntoView({ block: candidates.length ? "start" : "nearest" });
  }
  showPassages(stop);
}

/* In the text that is asked about, only what the chosen candidate rests on stays marked. */
function showPassages(stop) {
  const text = document.getElementById("asked-text");
  if (!text || !stop.dataset.passages) return;
  const passages = JSON.parse(stop.dataset.passages);
  for (const mark of text.querySelectorAll("mark")) {
    mark.classList.toggle("other", !passages.some((each) => mark.textContent.includes(each)));
  }
}

const inCurrent = (selector) => stops[current]?.querySelector(selector);
const onPage = (key) => document.querySelector(`#pair button[data-key="${key}"]`);
const press = (selector) => {
  const found = inCurrent(selector) ?? document.querySelector(`nav ${selector}, main > ${selector}`);
  found?.click();
  return Boolean(found);
};

/* The help stands at the end of the page: whoever closes it comes back to where they were. */
let beforeHelp = null;
function showHelp(isOpen) {
  if (!help || help.open === isOpen) return;
  help.open = isOpen;
  if (isOpen) {
    beforeHelp = document.activeElement;
    help.querySelector("summary").focus();
  } else if (beforeHelp && beforeHelp !== document.body) beforeHelp.focus();
  else window.scrollTo(0, 0);
}

const actions = {
  j: () => choose(current + 1, true),
  k: () => choose(current - 1, true),
  a: () => inCurrent('button[data-key="a"]')?.click(),
  u: () => (inCurrent('button[data-key="u"]') ?? onPage("u"))?.click(),
  m: () => onPage("m")?.click(),
  d: () => onPage("d")?.click(),
  s: () => document.querySelector('#task button[data-key="s"]')?.click(),
  i: () => document.getElementById("assignee")?.focus(),
  g: () => onPage("g")?.click(),
  r: () => inCurrent('input[data-key="r"]')?.focus(),
  w: () => { const why = inCurrent("[data-why]"); if (why) why.open = !why.open; },
  x: () => { const box = inCurrent('input[name="chosen"]'); if (box) box.checked = !box.checked; },
  o: () => inCurrent("a[data-open]")?.click(),
  n: () => press('[data-key="n"]'),
  p: () => press('[data-key="p"]'),
  q: () => press('[data-key="q"]'),
  z: () => document.getElementById("undo")?.requestSubmit(),
  "?": () => showHelp(!help?.open),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isWriting = event.target.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select");
  if (isWriting) {
    if (event.key === "Escape") stops[current]?.focus?.();
    return;
  }
  if (event.key === "Escape" && help?.contains(event.target)) showHelp(false);
  if (switchBox && !switchBox.checked && event.key !== "?") return;
  const action = actions[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
});

for (const [index, stop] of stops.entries()) stop.addEventListener("focusin", () => choose(index, false));
const asked = window.location.hash ? document.getElementById(window.location.hash.slice(1)) : null;
const first = asked ? stops.indexOf(asked) : stops.findIndex((each) => each.matches("[data-open]"));
if (candidates.length) choose(first < 0 ? 0 : first, first > 0 && Boolean(asked));
