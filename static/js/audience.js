// The conditions of an audience as forms; what they say travels in the hidden field. rule_tree.js knows them, rule_forms.js
// shows them; both are loaded before.
(() => {
  const place = document.querySelector("[data-conditions]");
  if (!place) return;
  const fields = document.getElementById("audience-fields");
  const hidden = fields.querySelector("[name='audience-conditions']");
  const data = JSON.parse(document.getElementById("audience-builder").textContent);
  const tree = window.ruleTree(data);
  const COUNT_AFTER_MS = 400;

  function kept() {
    try {
      return JSON.parse(hidden.value || '{"all": []}');
    } catch {
      return { all: [] };
    }
  }

  const top = tree.readRule({ name: "", tier: "", conditions: kept() }).conditions;
  const { groupBox } = window.ruleForms({ data, tree, changed, touched });

  function draw(focusKey) {
    const key = focusKey || (document.activeElement && document.activeElement.dataset.focus);
    place.replaceChildren(groupBox(top, "conditions", 1, null));
    const focused = key && place.querySelector(`[data-focus="${key}"]`);
    if (focused) focused.focus();
  }

  function changed(focusKey) {
    draw(focusKey);
    touched();
  }

  let timer = null;

  function touched() {
    hidden.value = JSON.stringify(tree.written(top));
    window.clearTimeout(timer);
    // The count listens for a change of the fields, and a hidden one tells nobody by itself.
    timer = window.setTimeout(() => hidden.dispatchEvent(new Event("change", { bubbles: true })), COUNT_AFTER_MS);
  }

  // What is typed into a search sends no form.
  fields.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-search-only]")) event.preventDefault();
  });

  draw();
})();
