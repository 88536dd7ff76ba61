// The rule editor: rules, groups and conditions as forms. The server checks, says each rule in words, and saves.
(() => {
  const form = document.getElementById("rule-editor");
  if (!form) return;
  const data = JSON.parse(document.getElementById("rule-editor-data").textContent);
  const fields = new Map(data.fields.map((field) => [field.key, field]));
  const CHECK_AFTER_MS = 400;

  let nextId = 1;
  let fingerprint = data.fingerprint;
  let words = [];
  let problems = [];
  let showsProblems = false;

  // --- the tree, with an id for every part ------------------------------------------------------
  function read(node) {
    if (node.field !== undefined) {
      return { id: nextId++, field: node.field, op: node.op, value: node.value === undefined ? null : node.value };
    }
    const join = node.any ? "any" : "all";
    return { id: nextId++, join, parts: node[join].map(read) };
  }

  function readRule(rule) {
    const tree = read(rule.conditions);
    // The editor always shows a group on top.
    return { id: nextId++, name: rule.name, tier: rule.tier, conditions: tree.parts ? tree : { id: nextId++, join: "all", parts: [tree] } };
  }

  function number(text) {
    const plain = String(text === null ? "" : text).trim();
    // Thousands as people write them: 60,000 or 60 000.
    const joined = /^-?\d{1,3}([,\s\u00a0]\d{3})+(\.\d+)?$/.test(plain) ? plain.replace(/[,\s\u00a0]/g, "") : plain;
    return /^-?\d+(\.\d+)?$/.test(joined) ? Number(joined) : joined;
  }

  function written(node) {
    if (node.parts) return { [node.join]: node.parts.map(written) };
    const shape = shapeOf(node);
    const out = { field: node.field, op: node.op };
    if (shape === "none") return out;
    const isNumber = shape === "days" || (fields.get(node.field) || {}).type === "number";
    if (shape === "range") out.value = [0, 1].map((end) => (isNumber ? number((node.value || [])[end] ?? "") : (node.value || [])[end] ?? ""));
    else if (shape === "many") out.value = node.value || [];
    else out.value = isNumber ? number(node.value) : node.value;
    return out;
  }

  function content() {
    const settings = {};
    for (const input of form.querySelectorAll("[data-setting]")) settings[input.dataset.setting] = input.value;
    for (const key of ["margin_percent", "minimum_days", "approval_arr"]) settings[key] = settings[key].trim() === "" ? null : number(settings[key]);
    return { ...settings, rules: rules.map((rule) => ({ name: rule.name, tier: rule.tier, conditions: written(rule.conditions) })) };
  }

  const rules = data.content.rules.map(readRule);

  function newCondition() {
    return { id: nextId++, field: "arr", op: "gte", value: null };
  }

  function newRule(tier) {
    return { id: nextId++, name: "", tier, conditions: { id: nextId++, join: "all", parts: [newCondition()] } };
  }

  function copied(node) {
    const twin = structuredClone(node);
    const renumber = (part) => {
      part.id = nextId++;
      (part.parts || []).forEach(renumber);
    };
    renumber(twin);
    return twin;
  }

  function operatorOf(node) {
    const field = fields.get(node.field);
    return field && field.operators.find((one) => one.key === node.op);
  }

  function shapeOf(node) {
    const operator = operatorOf(node);
    return operator ? operator.shape : "one";
  }

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

  // --- drawing ----------------------------------------------------------------------------------
  const list = form.querySelector("[data-rules]");

  function draw(focusKey) {
    const key = focusKey || (document.activeElement && document.activeElement.dataset.focus);
    list.replaceChildren(...rules.map(ruleCard));
    if (rules.length === 0) list.append(el("li", { class: "rule-empty text-soft", text: "No rules yet: everybody would be in the tier below." }));
    const focused = key && form.querySelector(`[data-focus="${key}"]`);
    if (focused) focused.focus();
    showAnswers();
  }

  function changed(focusKey) {
    draw(focusKey);
    touched();
  }

  function ruleCard(rule, index) {
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
          iconButton("arrow-up", `Move ${name} up`, `up-${rule.id}`, () => moveRule(index, -1), index === 0),
          iconButton("arrow-down", `Move ${name} down`, `down-${rule.id}`, () => moveRule(index, 1), index === rules.length - 1),
          iconButton("copy", `Copy ${name}`, `copy-${rule.id}`, () => copyRule(index)),
          iconButton("trash", `Remove ${name}`, `remove-${rule.id}`, () => removeRule(index)))),
      groupBox(rule.conditions, `${path}.conditions`, 1, null),
      el("p", { class: "rule-words-line text-soft", "data-words": index }),
    );
    return card;
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
      depth < data.depth ? el("button", { type: "button", class: "btn btn-sm btn-ghost-secondary", on: { click: () => addPart(group, { id: nextId++, join: group.join === "all" ? "any" : "all", parts: [newCondition()] }) } }, icon("plus"), "Group") : null));
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

  // --- rules: order, copies, removal ------------------------------------------------------------
  function announce(text) {
    form.querySelector("[data-announce]").textContent = text;
  }

  function moveRule(index, step) {
    const to = index + step;
    if (to < 0 || to >= rules.length) return;
    const [rule] = rules.splice(index, 1);
    rules.splice(to, 0, rule);
    const atEnd = to === 0 || to === rules.length - 1;
    const focused = document.activeElement && document.activeElement.dataset.focus;
    // A button that is disabled at the end loses the focus, so its twin takes it.
    const follow = focused === `up-${rule.id}` && to === 0 ? `down-${rule.id}` : focused === `down-${rule.id}` && atEnd ? `up-${rule.id}` : focused;
    changed(follow);
    announce(`${rule.name || "The rule"} is now ${to + 1} of ${rules.length}`);
  }

  function moveByKey(event, index) {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    moveRule(index, event.key === "ArrowUp" ? -1 : 1);
  }

  function copyRule(index) {
    const twin = { ...rules[index], id: nextId++, name: rules[index].name ? `${rules[index].name} (copy)` : "", conditions: copied(rules[index].conditions) };
    rules.splice(index + 1, 0, twin);
    changed(`name-${twin.id}`);
  }

  function removeRule(index) {
    const [rule] = rules.splice(index, 1);
    const next = rules[Math.min(index, rules.length - 1)];
    changed(next ? `name-${next.id}` : "add-rule");
    announce(`${rule.name || "The rule"} is removed`);
  }

  // --- what the server says ---------------------------------------------------------------------
  function csrf() {
    return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  }

  async function send(url, body) {
    const response = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() }, body: JSON.stringify(body) });
    const isJson = (response.headers.get("Content-Type") || "").includes("application/json");
    if (response.redirected || !isJson) throw new Error("You are logged out, or the server is not well. Log in in another tab and try again; nothing here is lost.");
    return { status: response.status, body: await response.json() };
  }

  let timer = null;
  let asked = 0;

  function touched() {
    showState();
    window.clearTimeout(timer);
    timer = window.setTimeout(check, CHECK_AFTER_MS);
  }

  async function check() {
    const mine = ++asked;
    try {
      const answer = await send(data.urls.check, { content: content() });
      if (mine !== asked || answer.status !== 200) return;
      words = answer.body.words;
      problems = answer.body.problems;
      showAnswers();
    } catch {
      // The next change, or saving, tells.
    }
  }

  function showAnswers() {
    for (const old of form.querySelectorAll("[data-problem]")) old.remove();
    for (const old of form.querySelectorAll(".is-invalid")) old.classList.remove("is-invalid");
    rules.forEach((rule, index) => {
      const line = list.querySelector(`[data-words="${index}"]`);
      if (!line) return;
      const isWrong = problems.some((one) => one.path.startsWith(`rules[${index}]`));
      line.textContent = isWrong ? "Not complete yet." : words[index] ? `${tierLabel(rule.tier)} for: ${words[index]}` : "";
    });
    if (showsProblems) problems.forEach(showProblem);
  }

  function tierLabel(key) {
    return data.tiers.find((tier) => tier.key === key).label;
  }

  function showProblem(problem, n) {
    const setting = form.querySelector(`[data-setting="${problem.path}"]`);
    let place = setting ? setting.closest(".mb-3, .rule-card") : form.querySelector(`[data-path="${problem.path}"]`);
    let control = setting;
    if (!place) {
      const [, rule, part] = /^(rules\[\d+\])\.?(\w*)/.exec(problem.path) || [];
      place = rule && form.querySelector(`[data-path="${rule}"]`);
      control = place && part ? place.querySelector(`[data-part="${part}"]`) : null;
    } else if (!setting) {
      control = place.querySelector(problem.part === "field" ? ".rule-field" : problem.part === "op" ? ".rule-op" : ".rule-value input, .rule-value select, .rule-field");
    }
    const id = `problem-${n}`;
    const note = el("p", { class: "rule-problem", id, "data-problem": true, text: problem.message });
    (place || list).append(note);
    if (control) {
      control.classList.add("is-invalid");
      control.setAttribute("aria-describedby", id);
    }
  }

  // --- saving -----------------------------------------------------------------------------------
  let saved = "";
  let stateText = "";

  function isDirty() {
    return JSON.stringify(content()) !== saved;
  }

  function showState(text) {
    if (text !== undefined) stateText = text;
    form.querySelector("[data-state]").textContent = isDirty() ? (text || "Not saved yet") : (stateText || "All changes are saved");
  }

  async function save() {
    const sent = content();
    showState("Saving…");
    let answer;
    try {
      answer = await send(data.urls.save, { content: sent, fingerprint });
    } catch (error) {
      showState(error.message);
      return false;
    }
    if (answer.status === 200) {
      fingerprint = answer.body.fingerprint;
      ({ words, problems } = answer.body);
      showsProblems = false;
      saved = JSON.stringify(sent);
      form.querySelector("[data-conflict]").hidden = true;
      showAnswers();
      showState(`Saved at ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`);
      return true;
    }
    refused(answer);
    return false;
  }

  function refused(answer) {
    problems = answer.body.problems || [];
    if (answer.status === 409) {
      form.querySelector("[data-conflict]").hidden = false;
      form.querySelector("[data-conflict-text]").textContent = answer.body.message;
      showState("Not saved");
      return;
    }
    showsProblems = true;
    showAnswers();
    showState(problems.length > 1 ? `Not saved: ${problems.length} things are not right` : `Not saved: ${answer.body.message}`);
    const first = form.querySelector(".is-invalid");
    if (first) first.focus();
  }

  async function saveAsNew() {
    try {
      const answer = await send(data.urls.new, { content: content() });
      if (answer.status !== 200) return refused(answer);
      saved = JSON.stringify(content());
      window.location.assign(answer.body.url);
    } catch (error) {
      showState(error.message);
    }
    return undefined;
  }

  // --- thresholds from the company's own figures ------------------------------------------------
  const format = new Intl.NumberFormat(document.documentElement.lang || "en");

  async function suggest() {
    const box = form.querySelector("[data-thresholds]");
    let found;
    try {
      found = await (await fetch(data.urls.thresholds)).json();
    } catch {
      box.textContent = "The server cannot be reached.";
      return;
    }
    const lines = [`${format.format(found.high_places)} places of high touch, ${format.format(found.low_places)} of low touch; ${format.format(found.flagged)} brands and strategic customers come first.`];
    for (const [tier, amount] of [["high", found.high_arr], ["low", found.low_arr]]) {
      lines.push(amount === null ? `${tierLabel(tier)}: everybody with an ARR finds a place.` : `${tierLabel(tier)} from ${format.format(amount)} ${data.currency} a year.`);
    }
    box.replaceChildren(...lines.map((text) => el("p", { text })));
    if (found.high_arr !== null || found.low_arr !== null) {
      box.append(el("button", { type: "button", class: "btn btn-sm", text: "Use these", on: { click: () => useThresholds({ high: found.high_arr, low: found.low_arr }) } }));
    }
  }

  function useThresholds(amounts) {
    for (const [tier, amount] of Object.entries(amounts)) {
      if (amount === null) continue;
      const line = rules.filter((rule) => rule.tier === tier).flatMap((rule) => rule.conditions.parts).find((part) => part.field === "arr" && part.op === "gte");
      if (line) {
        line.value = amount;
        continue;
      }
      const rule = newRule(tier);
      rule.name = tier === "high" ? "High payments" : "The middle";
      rule.conditions.parts[0].value = amount;
      rules.push(rule);
    }
    changed();
    announce("The thresholds are in the rules");
  }

  // --- beginning --------------------------------------------------------------------------------
  for (const input of form.querySelectorAll("[data-setting]")) {
    const key = input.dataset.setting;
    if (key === "fallback_tier") for (const tier of data.tiers) input.append(el("option", { value: tier.key, text: tier.label }));
    input.value = data.content[key] ?? "";
    input.addEventListener("input", touched);
  }
  form.querySelector("[data-add-rule]").addEventListener("click", () => {
    const rule = newRule(data.tiers[0].key);
    rules.push(rule);
    changed(`name-${rule.id}`);
  });
  form.querySelector("[data-add-rule]").dataset.focus = "add-rule";
  form.querySelector("[data-suggest]").addEventListener("click", suggest);
  form.querySelector("[data-save-as-new]").addEventListener("click", saveAsNew);
  form.querySelector("[data-simulate]").addEventListener("click", async () => {
    if (!isDirty() || (await save())) window.location.assign(data.urls.simulation);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty()) event.preventDefault();
  });

  draw();
  saved = JSON.stringify(content());
  showState();
  check();
})();
