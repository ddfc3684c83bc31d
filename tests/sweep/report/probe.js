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

window.addEventListener("load", () => setTimeout(() => {
  const seen = [...document.querySelectorAll("h1, .first svg, .use, .forecasts svg")];
  const foot = Math.max(...seen.map((element) => element.getBoundingClientRect().bottom));
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  const findings = { errors, outside: outside(), overlaps: overlaps(), boxes: boxes(), foot, paper };
  parent.postMessage({ name: window.name, findings }, "*");
}, 200));
