"use strict";

// The head of a table.sortable sorts its body by a column: numbers by value, the largest first, other text by itself.

for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const first = [...body.rows]; // equal ones stay as they came

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const text = (row) => row.cells[column].textContent.trim();
      const number = (row) => parseFloat(text(row).replace(/,/g, ""));
      const numeric = head.classList.contains("num");
      const rises = head.ariaSort ? head.ariaSort === "descending" : !numeric;
      const order = numeric
        ? (one, other) => (isNaN(number(one)) ? -Infinity : number(one)) - (isNaN(number(other)) ? -Infinity : number(other)) || 0
        : (one, other) => text(one).localeCompare(text(other), "zh", { numeric: true });
      for (const one of heads) one.ariaSort = null;
      head.ariaSort = rises ? "ascending" : "descending";
      body.append(...[...first].sort((one, other) => (rises ? order(one, other) : order(other, one))));
    });
  });
}
