// The search box: arrows walk what was found, Escape closes it; without JavaScript the box leads to the search page.
(() => {
  const box = () => document.getElementById("global-search");
  const results = () => document.getElementById("search-results");

  function links() {
    return [...results().querySelectorAll("[data-search-result]")];
  }

  function close() {
    results().replaceChildren();
  }

  document.addEventListener("keydown", (event) => {
    const found = results();
    if (!found || !found.childElementCount || !(event.target instanceof Element)) return;
    const inside = event.target === box() || found.contains(event.target);
    if (!inside) return;
    if (event.key === "Escape") {
      close();
      box().focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const all = [box(), ...links()];
      const at = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      all[(at + all.length) % all.length].focus();
    }
  });

  document.addEventListener("click", (event) => {
    const found = results();
    if (found && found.childElementCount && !event.target.closest(".sidebar-search")) close();
  });
})();
