// In a copy of a report: tells the page around it what went wrong, what leaves the viewport, and which labels overlap.
const errors = [];
window.addEventListener("error", (event) => errors.push(String(event.message)));
document.addEventListener("securitypolicyviolation", (event) => errors.push(`refused: ${event.violatedDirective}`));
for (const way of ["error", "warn"]) {
  const said = console[way];
  console[way] = (...words) => { errors.push(words.join(" ")); said.apply(console, words); };
}

const named = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") || ""} ${(element.textContent || "").trim().slice(0, 40)}`;
const scrolls = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);

function inScrollBox(element) {
  for (let box = element.parentElement; box; box = box.parentElement) if (scrolls(box)) return true;
  return false;
}

function outside() {
  const found = [];
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || element.closest("svg") !== null && element.tagName !== "svg") continue;
    if ((box.right > innerWidth + 1 || box.left < -1) && !inScrollBox(element)) found.push(named(element));
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page itself");
  return found;
}

// The corners of a label as it stands on the screen, without the air above and below its letters.
function corners(label) {
  const box = label.getBBox(), matrix = label.getScreenCTM(), air = 0.22 * box.height;
  const at = (x, y) => new DOMPoint(x, y).matrixTransform(matrix);
  const [left, right, top, foot] = [box.x + 0.5, box.x + box.width - 0.5, box.y + air, box.y + box.height - air];
  return [at(left, top), at(right, top), at(right, foot), at(left, foot)];
}

// Two rectangles are apart where one of their sides separates them.
function meet(a, b) {
  for (const [one, other] of [[a, b], [b, a]]) {
    for (let n = 0; n < 2; n += 1) {
      const [p, q] = [one[n], one[n + 1]], axis = { x: q.x - p.x, y: q.y - p.y };
      const along = (point) => point.x * axis.x + point.y * axis.y;
      const [first, second] = [one.map(along), other.map(along)];
      if (Math.max(...first) <= Math.min(...second) || Math.max(...second) <= Math.min(...first)) return false;
    }
  }
  return true;
}

function overlaps() {
  const found = [];
  for (const drawing of document.querySelectorAll("svg")) {
    if (!drawing.getBoundingClientRect().width) continue;
    const labels = [...drawing.querySelectorAll("text")].filter((label) => label.textContent.trim());
    const boxes = labels.map(corners);
    labels.forEach((label, n) => {
      for (let m = 0; m < n; m += 1) {
        if (meet(boxes[n], boxes[m])) found.push(`${labels[m].textContent.trim()} / ${label.textContent.trim()}`);
      }
    });
  }
  return found;
}

function boxes() {
  return [...document.querySelectorAll("[tabindex]")].filter((box) => box.getBoundingClientRect().width).map((box) => ({
    name: box.getAttribute("aria-label"),
    wide: box.scrollWidth > box.clientWidth + 1,
    hinted: getComputedStyle(box, "::after").content.includes("more"),
  }));
}

// As WCAG 2 has it, of colours with parts from 0 to 1.
function contrast(a, b) {
  const part = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const [low, high] = [light(a), light(b)].sort((one, other) => one - other);
  return (high + 0.05) / (low + 0.05);
}

const colour = (text) => text.match(/[0-9.]+/g).slice(0, 3).map((value) => value / 255);

// What `filter: invert(.92) hue-rotate(180deg)` makes of a colour.
function turned(rgb) {
  const [r, g, b] = rgb.map((value) => 0.92 - 0.84 * value);
  const rows = [[-0.574, 1.43, 0.144], [0.426, 0.43, 0.144], [0.426, 1.43, -0.856]];
  return rows.map(([x, y, z]) => Math.min(1, Math.max(0, x * r + y * g + z * b)));
}

// Labels of drawings, which axe does not judge, that stand out from the page by less than AA asks of small letters.
function faint() {
  const paper = colour(getComputedStyle(document.documentElement).backgroundColor), found = [];
  for (const label of document.querySelectorAll("svg text")) {
    if (!label.getBoundingClientRect().width) continue;
    const inverted = getComputedStyle(label.closest("svg")).filter.includes("invert");
    const ink = colour(getComputedStyle(label).fill), shown = inverted ? turned(ink) : ink;
    if (contrast(shown, paper) < 4.5) found.push(`${label.textContent.trim()} ${getComputedStyle(label).fill}`);
  }
  return found;
}

async function violations() {
  if (!window.axe) return [];
  const { violations: found } = await window.axe.run(document);
  return found.map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160)).slice(0, 4).join(" | ")}`);
}

window.addEventListener("load", () => setTimeout(async () => {
  const seen = [...document.querySelectorAll("h1, .first svg, .use, .forecasts svg")];
  const foot = Math.max(...seen.map((element) => element.getBoundingClientRect().bottom));
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  const findings = { errors, outside: outside(), overlaps: overlaps(), boxes: boxes(), foot, paper, faint: faint(), axe: await violations() };
  parent.postMessage({ name: window.name, findings }, "*");
}, 200));
