// A box that scrolls sideways says so while there is more of it at its right.
for (const box of document.querySelectorAll("[tabindex]")) {
  const look = () => box.classList.toggle("more", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  look();
  box.addEventListener("scroll", look);
  new ResizeObserver(look).observe(box);
}

// Tables whose columns sort when their heads are pressed: numbers by size, all else by letters, empty cells last.
for (const table of document.querySelectorAll(".sortable table")) {
  const body = table.tBodies[0];
  const value = (row, column) => {
    const cell = row.cells[column], data = cell.querySelector("data");
    return data ? Number(data.value) : cell.textContent.trim();
  };
  const compare = (a, b) => {
    const numbers = typeof a === "number" && typeof b === "number";
    if (numbers) return a - b;
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return a.localeCompare(b);
  };
  const empty = (text) => text === "" || text === "–";
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const rows = [...body.rows].map((row) => ({ row, value: value(row, column) }));
      rows.sort((a, b) =>
        empty(a.value) - empty(b.value) || (descending ? compare(b.value, a.value) : compare(a.value, b.value)));
      body.append(...rows.map((each) => each.row));
    });
  });
}
