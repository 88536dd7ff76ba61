// Lists of customers: the panels above them close, columns move, and the type-ahead search is walked by the arrows.
(() => {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const close = event.target.closest("[data-close-tool]");
    const tools = document.getElementById("list-tools");
    if (close && tools && tools.contains(close)) {
      event.preventDefault();
      tools.replaceChildren();
    }
    const move = event.target.closest("[data-move]");
    if (!move) return;
    const item = move.closest("li");
    const other = move.dataset.move === "up" ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (move.dataset.move === "up") other.before(item);
    else other.after(item);
    move.focus();
  });

  // A panel that opens takes the focus, so that the keyboard goes on inside it; Escape closes it.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "list-tools") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    const first = event.target.querySelector("input:not([type=hidden]), select");
    if (first) first.focus({ preventScroll: true });
  });

  document.addEventListener("keydown", (event) => {
    const tools = document.getElementById("list-tools");
    if (event.key === "Escape" && tools && tools.contains(event.target)) tools.replaceChildren();
  });
})();
