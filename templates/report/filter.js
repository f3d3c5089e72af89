/* Filters the rows of the table of elements. The box stays hidden, and all rows shown, where scripts do not run. */
(() => {
  const box = document.getElementById("filter"), table = document.getElementById("rows");
  if (!box || !table) return;
  const rows = [...table.tBodies[0].rows], [text, open] = box.querySelectorAll("input"), out = box.querySelector("output");
  const query = new URLSearchParams(location.search);
  text.value = query.get("q") || "";
  open.checked = query.has("open");
  const filter = () => {
    const wanted = text.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const fits = row.textContent.toLowerCase().includes(wanted) && (!open.checked || row.querySelector(".bad,.mid,.unk"));
      row.hidden = !fits;
      if (fits) shown += 1;
    }
    out.textContent = shown + " / " + rows.length;
  };
  box.addEventListener("input", filter);
  box.hidden = false;
  filter();
})();
