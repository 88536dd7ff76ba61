// The rule editor: the server checks the rules, says each in words, and saves. rule_tree.js knows them, rule_forms.js
// shows them; both are loaded before.
(() => {
  const form = document.getElementById("rule-editor");
  if (!form) return;
  const data = JSON.parse(document.getElementById("rule-editor-data").textContent);
  const CHECK_AFTER_MS = 400;

  let fingerprint = data.fingerprint;
  let words = [];
  let problems = [];
  let showsProblems = false;

  const tree = window.ruleTree(data);
  const rules = data.content.rules.map(tree.readRule);
  const { el, ruleCard } = window.ruleForms({ data, tree, changed, touched, move: moveRule, copy: copyRule, remove: removeRule });

  function content() {
    const settings = {};
    for (const input of form.querySelectorAll("[data-setting]")) settings[input.dataset.setting] = input.value;
    for (const key of ["margin_percent", "minimum_days", "approval_arr"]) settings[key] = settings[key].trim() === "" ? null : tree.number(settings[key]);
    return { ...settings, rules: rules.map((rule) => ({ name: rule.name, tier: rule.tier, conditions: tree.written(rule.conditions) })) };
  }

  // --- drawing -----------------------------------------------------------------------------------
  const list = form.querySelector("[data-rules]");

  function draw(focusKey) {
    const key = focusKey || (document.activeElement && document.activeElement.dataset.focus);
    list.replaceChildren(...rules.map((rule, index) => ruleCard(rule, index, rules.length)));
    if (rules.length === 0) list.append(el("li", { class: "rule-empty text-soft", text: "No rules yet: everybody would be in the tier below." }));
    const focused = key && form.querySelector(`[data-focus="${key}"]`);
    if (focused) focused.focus();
    showAnswers();
  }

  function changed(focusKey) {
    draw(focusKey);
    touched();
  }

  // --- rules: order, copies, removal -------------------------------------------------------------
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

  function copyRule(index) {
    const twin = tree.copied(rules[index]);
    rules.splice(index + 1, 0, twin);
    changed(`name-${twin.id}`);
  }

  function removeRule(index) {
    const [rule] = rules.splice(index, 1);
    const next = rules[Math.min(index, rules.length - 1)];
    changed(next ? `name-${next.id}` : "add-rule");
    announce(`${rule.name || "The rule"} is removed`);
  }

  // --- what the server says ----------------------------------------------------------------------
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

  // --- saving ------------------------------------------------------------------------------------
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

  // --- thresholds from the company's own figures -------------------------------------------------
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
      const rule = tree.newRule(tier);
      rule.name = tier === "high" ? "High payments" : "The middle";
      rule.conditions.parts[0].value = amount;
      rules.push(rule);
    }
    changed();
    announce("The thresholds are in the rules");
  }

  // --- beginning ---------------------------------------------------------------------------------
  for (const input of form.querySelectorAll("[data-setting]")) {
    const key = input.dataset.setting;
    if (key === "fallback_tier") for (const tier of data.tiers) input.append(el("option", { value: tier.key, text: tier.label }));
    input.value = data.content[key] ?? "";
    input.addEventListener("input", touched);
  }
  form.querySelector("[data-add-rule]").addEventListener("click", () => {
    const rule = tree.newRule(data.tiers[0].key);
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
