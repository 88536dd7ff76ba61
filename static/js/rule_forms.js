// A rule of the editor as forms: its name and tier, groups, conditions and their values.
window.ruleForms = ({ data, tree, changed, touched, move, copy, remove }) => {
  const { fields, newCondition, newGroup, shapeOf } = tree;

  // --- small makers of elements -----------------------------------------------------------------
  function el(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === false || value === null || value === undefined) continue;
      if (key === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
      else if (key === "text") node.textContent = value;
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  }

  function icon(name) {
    return document.getElementById("editor-icons").content.querySelector(`[data-icon="${name}"]`).firstElementChild.cloneNode(true);
  }

  function iconButton(name, label, focusKey, listener, disabled = false) {
    return el("button", { type: "button", class: "btn btn-icon btn-sm btn-ghost-secondary", "aria-label": label, title: label, "data-focus": focusKey, disabled, on: { click: listener } }, icon(name));
  }

  function select(options, chosen, label, focusKey, listener, css = "form-select") {
    const made = el("select", { class: css, "aria-label": label, "data-focus": focusKey, on: { change: (event) => listener(event.target.value) } });
    for (const { key, label: text } of options) made.append(el("option", { value: key, text, selected: key === chosen }));
    return made;
  }

  // --- rules, groups, conditions ----------------------------------------------------------------
  function ruleCard(rule, index, count) {
    const path = `rules[${index}]`;
    const name = rule.name || `rule ${index + 1}`;
    const card = el("li", { class: "rule-card", "data-rule": rule.id, "data-path": path, on: { keydown: (event) => moveByKey(event, index) } });
    card.append(
      el("div", { class: "rule-head" },
        el("span", { class: "rule-number", "aria-hidden": "true", text: String(index + 1) }),
        el("input", {
          class: "form-control rule-name", value: rule.name, placeholder: "Name of the rule", maxlength: "120", "aria-label": `Name of rule ${index + 1}`,
          "data-focus": `name-${rule.id}`, "data-part": "name",
          on: { input: (event) => { rule.name = event.target.value; touched(); } },
        }),
        select(data.tiers, rule.tier, `Tier of ${name}`, `tier-${rule.id}`, (tier) => { rule.tier = tier; touched(); }, "form-select rule-tier"),
        el("span", { class: "rule-tools" },
          iconButton("arrow-up", `Move ${name} up`, `up-${rule.id}`, () => move(index, -1), index === 0),
          iconButton("arrow-down", `Move ${name} down`, `down-${rule.id}`, () => move(index, 1), index === count - 1),
          iconButton("copy", `Copy ${name}`, `copy-${rule.id}`, () => copy(index)),
          iconButton("trash", `Remove ${name}`, `remove-${rule.id}`, () => remove(index)))),
      groupBox(rule.conditions, `${path}.conditions`, 1, null),
      el("p", { class: "rule-words-line text-soft", "data-words": index }),
    );
    return card;
  }

  function moveByKey(event, index) {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    move(index, event.key === "ArrowUp" ? -1 : 1);
  }

  function groupBox(group, path, depth, remove) {
    const here = `${path}.${group.join}`;
    const box = el("div", { class: "rule-group", role: "group", "aria-label": group.join === "all" ? "All of these" : "Any of these", "data-path": here });
    const joins = group.parts.length > 1;
    if (joins || remove) box.append(el("div", { class: "rule-group-head" },
      !joins ? null : select([{ key: "all", label: "All of these hold" }, { key: "any", label: "Any of these holds" }], group.join, "How the conditions are joined", `join-${group.id}`, (join) => { group.join = join; changed(); }, "form-select form-select-sm rule-join"),
      remove ? iconButton("x", "Remove this group", `ungroup-${group.id}`, remove) : null));
    group.parts.forEach((part, n) => {
      const drop = () => { group.parts.splice(n, 1); changed(`add-${group.id}`); };
      box.append(part.parts ? groupBox(part, `${here}[${n}]`, depth + 1, drop) : conditionRow(part, `${here}[${n}]`, drop));
    });
    box.append(el("div", { class: "rule-group-foot" },
      el("button", { type: "button", class: "btn btn-sm", "data-focus": `add-${group.id}`, on: { click: () => addPart(group, newCondition()) } }, icon("plus"), "Condition"),
      depth < data.depth ? el("button", { type: "button", class: "btn btn-sm btn-ghost-secondary", on: { click: () => addPart(group, newGroup(group.join === "all" ? "any" : "all")) } }, icon("plus"), "Group") : null));
    return box;
  }

  function addPart(group, part) {
    group.parts.push(part);
    changed(part.parts ? `join-${part.id}` : `field-${part.id}`);
  }

  function conditionRow(condition, path, drop) {
    const field = fields.get(condition.field);
    const options = field ? data.fields : [{ key: condition.field, label: `${condition.field} (gone)` }, ...data.fields];
    const row = el("div", { class: "rule-condition", "data-path": path });
    row.append(el("div", { class: "rule-condition-parts" },
      select(options, condition.field, "Field", `field-${condition.id}`, (key) => chooseField(condition, key), "form-select rule-field"),
      field ? select(field.operators, condition.op, `How ${field.label} is asked`, `op-${condition.id}`, (op) => chooseOperator(condition, op), "form-select rule-op") : null,
      field ? valueBox(condition, field) : null,
      iconButton("x", "Remove this condition", `drop-${condition.id}`, drop)));
    return row;
  }

  function chooseField(condition, key) {
    const before = fields.get(condition.field);
    const field = fields.get(key);
    condition.field = key;
    if (!before || before.type !== field.type || !field.operators.some((one) => one.key === condition.op)) {
      condition.op = field.operators[0].key;
      condition.value = field.type === "yes_no" ? true : null;
    } else if (field.choices.length || field.values.length) {
      condition.value = null;
    }
    changed(`field-${condition.id}`);
  }

  function chooseOperator(condition, op) {
    const before = shapeOf(condition);
    condition.op = op;
    if (shapeOf(condition) !== before) condition.value = null;
    changed(`op-${condition.id}`);
  }

  // --- values -----------------------------------------------------------------------------------
  function valueBox(condition, field) {
    const box = el("div", { class: "rule-value", "data-part": "value" });
    const set = (value) => { condition.value = value; touched(); };
    switch (shapeOf(condition)) {
      case "none":
        return null;
      case "many":
        box.append(field.choices.length ? choiceBoxes(condition, field, set) : chips(condition, field));
        break;
      case "range": {
        const ends = condition.value || ["", ""];
        condition.value = ends;
        box.append(
          oneInput(condition, field, ends[0], `Lower end of ${field.label}`, `low-${condition.id}`, (text) => { ends[0] = text; touched(); }),
          el("span", { class: "text-soft", text: "and" }),
          oneInput(condition, field, ends[1], `Upper end of ${field.label}`, `high-${condition.id}`, (text) => { ends[1] = text; touched(); }));
        break;
      }
      case "days":
        box.append(oneInput(condition, { ...field, type: "number", unit: "days" }, condition.value, `Days, ${field.label}`, `value-${condition.id}`, set));
        break;
      case "part":
        box.append(oneInput(condition, { ...field, type: "text" }, condition.value, `Part of ${field.label}`, `value-${condition.id}`, set));
        break;
      default:
        box.append(field.type === "yes_no"
          ? select([{ key: "yes", label: "Yes" }, { key: "no", label: "No" }], condition.value === false ? "no" : "yes", field.label, `value-${condition.id}`, (text) => set(text === "yes"))
          : oneInput(condition, field, condition.value, field.label, `value-${condition.id}`, set));
        if (field.type === "yes_no" && condition.value === null) condition.value = true;
    }
    return box;
  }

  function oneInput(condition, field, value, label, focusKey, listener) {
    const input = el("input", {
      class: "form-control", value: value === null || value === undefined ? "" : value, "aria-label": label, "data-focus": focusKey,
      type: field.type === "date" ? "date" : "text", inputmode: field.type === "number" ? "decimal" : false, autocomplete: "off",
      on: { input: (event) => listener(event.target.value) },
    });
    const unit = field.unit === "money" ? data.currency : field.unit;
    return unit ? el("div", { class: "input-group" }, input, el("span", { class: "input-group-text", text: unit })) : input;
  }

  function choiceBoxes(condition, field, set) {
    const chosen = new Set(condition.value || []);
    const box = el("div", { class: "rule-choices", role: "group", "aria-label": field.label });
    for (const { key, label } of field.choices) {
      box.append(el("label", { class: "form-check" },
        el("input", {
          class: "form-check-input", type: "checkbox", checked: chosen.has(key), "data-focus": `choice-${condition.id}-${key}`,
          on: { change: (event) => { chosen[event.target.checked ? "add" : "delete"](key); set(field.choices.map((one) => one.key).filter((one) => chosen.has(one))); } },
        }),
        el("span", { class: "form-check-label", text: label })));
    }
    return box;
  }

  function chips(condition, field) {
    const values = condition.value || [];
    const box = el("div", { class: "rule-chips" });
    values.forEach((value, n) => {
      box.append(el("span", { class: "tag tag-neutral rule-chip" }, value,
        iconButton("x", `Remove ${value}`, `chip-${condition.id}-${n}`, () => { condition.value = values.filter((_, other) => other !== n); changed(`value-${condition.id}`); })));
    });
    const add = (input) => {
      const text = input.value.trim();
      if (!text) return;
      condition.value = values.includes(text) ? values : [...values, text];
      changed(`value-${condition.id}`);
    };
    const listId = `values-${condition.id}`;
    box.append(
      el("input", {
        class: "form-control", list: listId, placeholder: "Add a value, then Enter", "aria-label": `${field.label}: add a value`, "data-focus": `value-${condition.id}`, autocomplete: "off",
        on: {
          keydown: (event) => { if (event.key === "Enter") { event.preventDefault(); add(event.target); } },
          change: (event) => add(event.target),
        },
      }),
      el("datalist", { id: listId }, ...field.values.map((value) => el("option", { value }))));
    return box;
  }

  return { el, ruleCard, groupBox };
};
