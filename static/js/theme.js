// Runs before the first paint, so that a page never flashes in the other theme.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      const choice = window.localStorage.getItem("theme");
      return choice === "light" || choice === "dark" ? choice : "auto";
    } catch {
      return "auto";
    }
  }

  function apply() {
    const theme = chosen() === "auto" ? (dark.matches ? "dark" : "light") : chosen();
    document.documentElement.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("theme:applied", { detail: { choice: chosen(), theme } }));
  }

  function choose(choice) {
    try {
      window.localStorage.setItem("theme", choice);
    } catch {
      // A browser that keeps nothing still follows the system's theme.
    }
    apply();
  }

  window.productTheme = { chosen, choose };
  dark.addEventListener("change", apply);
  apply();
})();
