// The rules of the editor as a tree with an id for every part: read from what the server sent, written as it takes them.
window.ruleTree = (data) => {
  const fields = new Map(data.fields.map((field) => [field.key, field]));
  let nextId = 1;

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

  function newCondition() {
    return { id: nextId++, field: "arr", op: "gte", value: null };
  }

  function newGroup(join) {
    return { id: nextId++, join, parts: [newCondition()] };
  }

  function newRule(tier) {
    return { id: nextId++, name: "", tier, conditions: newGroup("all") };
  }

  function copied(rule) {
    const twin = structuredClone(rule);
    const renumber = (part) => {
      part.id = nextId++;
      (part.parts || []).forEach(renumber);
    };
    twin.id = nextId++;
    twin.name = rule.name && `${rule.name} (copy)`;
    renumber(twin.conditions);
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

  return { fields, number, readRule, written, newCondition, newGroup, newRule, copied, shapeOf };
};
