// Lists: selection with Shift, a bar for bulk actions, and the keyboard. It remembers nothing.
(() => {
  const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open] *";

  function rowsOf(list) {
    return [...list.querySelectorAll("tbody tr")];
  }

  function boxesOf(list) {
    return [...list.querySelectorAll("[data-row-select]")];
  }

  // --- selection --------------------------------------------------------------------------------
  function showSelection(list) {
    const boxes = boxesOf(list);
    const selected = boxes.filter((box) => box.checked).length;
    const bar = list.querySelector("[data-bulk-bar]");
    if (bar) {
      bar.hidden = selected === 0;
      bar.querySelector("[data-bulk-count]").textContent = String(selected);
    }
    const all = list.querySelector("[data-select-all]");
    if (all) {
      all.checked = selected > 0 && selected === boxes.length;
      all.indeterminate = selected > 0 && selected < boxes.length;
    }
  }

  function clearSelection(list) {
    for (const box of boxesOf(list)) box.checked = false;
    showSelection(list);
  }

  let lastTouched = null;

  document.addEventListener("click", (event) => {
    const box = event.target instanceof Element && event.target.closest("[data-row-select]");
    if (!box) return;
    const boxes = boxesOf(box.closest("[data-list]"));
    const [from, to] = [boxes.indexOf(lastTouched), boxes.indexOf(box)];
    if (event.shiftKey && from >= 0) {
      for (const between of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) between.checked = box.checked;
    }
    lastTouched = box;
  });

  document.addEventListener("change", (event) => {
    const list = event.target instanceof Element && event.target.closest("[data-list]");
    if (!list) return;
    if (event.target.matches("[data-select-all]")) {
      for (const box of boxesOf(list)) box.checked = event.target.checked;
    }
    showSelection(list);
  });

  document.addEventListener("click", (event) => {
    const clear = event.target instanceof Element && event.target.closest("[data-bulk-clear]");
    if (clear) clearSelection(clear.closest("[data-list]"));
  });

  // --- keyboard ---------------------------------------------------------------------------------
  function currentRow(list) {
    return list.querySelector("tbody tr[data-current]");
  }

  function moveTo(list, row) {
    const before = currentRow(list);
    if (before) delete before.dataset.current;
    row.dataset.current = "yes";
    const focusable = row.querySelector("a[href], [data-row-select]");
    if (focusable) focusable.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function step(list, by) {
    const rows = rowsOf(list);
    if (!rows.length) return;
    const at = rows.indexOf(currentRow(list));
    moveTo(list, rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)]);
  }

  function toggle(list) {
    const row = currentRow(list);
    const box = row && row.querySelector("[data-row-select]");
    if (!box) return;
    box.checked = !box.checked;
    lastTouched = box;
    showSelection(list);
  }

  function open(list, event) {
    const row = currentRow(list);
    const link = row && row.querySelector("a[href]");
    // A focused control does its own work on Enter.
    if (!link || (document.activeElement !== document.body && !document.activeElement.matches("[data-row-select]"))) return;
    event.preventDefault();
    link.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
    if (event.target.closest(TYPING)) return;
    const search = document.querySelector("[data-search-shortcut]");
    if (event.key === "/" && search && search.offsetParent) {
      event.preventDefault();
      search.focus();
      return;
    }
    const help = document.getElementById("keyboard-help");
    if (event.key === "?" && help && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      help.showModal();
      return;
    }
    const list = document.querySelector("[data-list]");
    if (!list) return;
    if (event.key === "j") step(list, 1);
    else if (event.key === "k") step(list, -1);
    else if (event.key === "x") toggle(list);
    else if (event.key === "Escape") clearSelection(list);
    else if (event.key === "Enter") open(list, event);
  });

  function showAll() {
    for (const list of document.querySelectorAll("[data-list]")) showSelection(list);
  }

  // A browser that goes back may restore ticked boxes.
  window.addEventListener("pageshow", showAll);
  document.addEventListener("htmx:afterSettle", showAll);
})();
