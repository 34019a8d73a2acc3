(() => {
  const parts = [...document.querySelectorAll("details")];
  let before = [];
  addEventListener("beforeprint", () => { before = parts.map(part => part.open); parts.forEach(part => part.open = true); });
  addEventListener("afterprint", () => parts.forEach((part, i) => part.open = before[i]));
  const table = document.getElementById("customers");
  if (!table) return;
  const body = table.tBodies[0], rows = [...body.rows], count = document.getElementById("count");
  const words = document.getElementById("words"), cause = document.getElementById("cause"), day = document.getElementById("day");
  const filter = () => {
    const wanted = words.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const fits = (!wanted || row.textContent.toLowerCase().includes(wanted))
        && (!cause.value || row.dataset.cause === cause.value) && (!day.value || row.dataset.day === day.value);
      row.hidden = !fits;
      shown += fits;
    }
    count.textContent = shown + " of " + rows.length;
  };
  const sort = (header, place) => {
    const down = header.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = row => row.cells[place].dataset.value ?? row.cells[place].textContent.trim();
    const number = header.classList.contains("n");
    const order = (a, b) => number ? Number(value(a)) - Number(value(b)) : value(a).localeCompare(value(b), "en", {numeric: true});
    rows.sort((a, b) => (down ? -1 : 1) * order(a, b));
    body.append(...rows);
  };
  [...table.tHead.rows[0].cells].forEach((header, place) =>
    header.querySelector("button")?.addEventListener("click", () => sort(header, place)));
  for (const field of [words, cause, day]) field.addEventListener("input", filter);
  day.value = day.dataset.latest;
  filter();
})();
