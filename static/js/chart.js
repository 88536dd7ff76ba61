// Draws every [data-chart] from the JSON beside it, in the page's theme. The table under a chart says the same.
(() => {
  const charts = new Map();

  // An unregistered custom property keeps its light-dark() text, so a real property is asked for the colour.
  function tone(name) {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const colour = window.getComputedStyle(probe).color;
    probe.remove();
    return colour;
  }

  function look() {
    const dark = document.documentElement.dataset.bsTheme === "dark";
    return {
      ink: tone("--ink"),
      soft: tone("--ink-soft"),
      line: tone("--line"),
      surface: tone("--surface-raised"),
      palette: dark
        ? ["#5cc4b8", "#efb45b", "#9cc4f2", "#d9aeea", "#85d39a", "#f3a3a0"]
        : ["#0f6b66", "#c77d12", "#2f6db5", "#8a4aa3", "#3c8f52", "#b8423d"],
      tones: dark
        ? { plum: "#d9aeea", info: "#9cc4f2", neutral: "#93a19e" }
        : { plum: "#8a4aa3", info: "#2f6db5", neutral: "#6b7a77" },
      // Past this share of the ramp the other ink reads better on it.
      turnsOver: dark ? 0.55 : 0.75,
      onRamp: dark ? "#08211f" : "#ffffff",
      ramp: dark ? ["#182a28", "#5cc4b8"] : ["#e3f1ee", "#0f6b66"],
    };
  }

  // The grid shrinks until its labels fit.
  const KEEP_LABELS = { outerBoundsMode: "same", outerBoundsContain: "axisLabel" };

  // A name with a tone of its own, as a tier has, keeps it in every chart; others take the palette in turn.
  function colourOf(name, index, data, style) {
    return style.tones[(data.tones || {})[name]] || style.palette[index % style.palette.length];
  }

  const format = new Intl.NumberFormat(document.documentElement.dataset.locale || "en", { maximumFractionDigits: 1 });
  const short = new Intl.NumberFormat(document.documentElement.dataset.locale || "en", { notation: "compact" });

  function valueText(value, unit) {
    return value === null || value === undefined ? "–" : `${format.format(value)}${unit ? ` ${unit}` : ""}`;
  }

  function axes(data, style) {
    const text = { color: style.soft };
    const line = { lineStyle: { color: style.line } };
    return {
      xAxis: { type: "category", data: data.categories, axisLabel: { ...text, hideOverlap: true }, axisLine: line, axisTick: { show: false } },
      yAxis: { type: "value", axisLabel: { ...text, formatter: (value) => short.format(value) }, splitLine: line },
      grid: { left: 8, right: 8, top: data.series.length > 1 ? 40 : 12, bottom: 8, ...KEEP_LABELS },
    };
  }

  function series(data, style) {
    const shared = data.kind === "line" ? { type: "line", symbolSize: 6, lineStyle: { width: 2 } } : { type: "bar", barMaxWidth: 36 };
    return {
      ...axes(data, style),
      tooltip: { trigger: "axis", axisPointer: { type: data.kind === "line" ? "line" : "shadow" } },
      legend: data.series.length > 1 ? { top: 0, left: 0, textStyle: { color: style.ink }, itemHeight: 12 } : { show: false },
      series: data.series.map((one, index) => ({
        ...shared, name: one.name, itemStyle: { color: colourOf(one.name, index, data, style) }, data: one.values, stack: data.kind === "stacked" ? "all" : undefined,
      })),
    };
  }

  function heatmap(data, style) {
    const numbers = data.values.flat().filter((value) => value !== null);
    const top = Math.max(1, ...numbers);
    const cells = data.values.flatMap((row, y) => row.map((value, x) => ({
      value: [x, y, value === null ? "-" : value],
      label: { color: value > top * style.turnsOver ? style.onRamp : style.ink },
    })));
    const text = { color: style.soft };
    return {
      xAxis: { type: "category", data: data.columns, axisLabel: text, axisLine: { show: false }, axisTick: { show: false } },
      yAxis: { type: "category", data: data.rows, inverse: true, axisLabel: text, axisLine: { show: false }, axisTick: { show: false } },
      grid: { left: 8, right: 8, top: 8, bottom: 56, ...KEEP_LABELS },
      tooltip: { formatter: (point) => `${data.rows[point.value[1]]}, ${data.columns[point.value[0]]}: ${valueText(point.value[2], data.unit)}` },
      visualMap: {
        min: Math.min(0, ...numbers), max: top, orient: "horizontal", left: "center", bottom: 0,
        inRange: { color: style.ramp }, textStyle: { color: style.soft },
      },
      series: [{ type: "heatmap", data: cells, label: { show: cells.length <= 120, formatter: (point) => format.format(point.value[2]) } }],
    };
  }

  function sankey(data, style) {
    // The same tier may stand on both sides, so each side has nodes of its own.
    const left = [...new Set(data.links.map((link) => link.source))];
    const right = [...new Set(data.links.map((link) => link.target))];
    const names = [...new Set([...left, ...right])];
    const node = (side) => (name) => ({ name: `${side}:${name}`, itemStyle: { color: colourOf(name, names.indexOf(name), data, style) } });
    const plain = (name) => name.replace(/^(from|to):/, "");
    return {
      tooltip: {
        formatter: (point) => point.dataType === "edge"
          ? `${plain(point.data.source)} → ${plain(point.data.target)}: ${valueText(point.data.value, data.unit)}`
          : `${plain(point.name)}: ${valueText(point.value, data.unit)}`,
      },
      series: [{
        type: "sankey", left: 8, right: 120, top: 8, bottom: 8, draggable: false, nodeGap: 16, nodeWidth: 14,
        data: [...left.map(node("from")), ...right.map(node("to"))],
        links: data.links.map((link) => ({ source: `from:${link.source}`, target: `to:${link.target}`, value: link.value })),
        label: { color: style.ink, formatter: (point) => `${plain(point.name)} ${format.format(point.value)}` },
        lineStyle: { color: "gradient", opacity: 0.35 },
        emphasis: { focus: "adjacency" },
      }],
    };
  }

  const KINDS = { bar: series, stacked: series, line: series, heatmap, sankey };

  function options(data) {
    const style = look();
    const drawn = KINDS[data.kind](data, style);
    return {
      ...drawn,
      color: style.palette,
      textStyle: { fontFamily: window.getComputedStyle(document.body).fontFamily },
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      aria: { enabled: true, label: { enabled: false }, decal: { show: data.kind === "stacked" || (data.series || []).length > 1 } },
      // Rich text, because a tooltip made of HTML would need inline styles.
      tooltip: {
        renderMode: "richText", confine: true, backgroundColor: style.surface, borderColor: style.line, textStyle: { color: style.ink },
        valueFormatter: (value) => valueText(value, data.unit), ...drawn.tooltip,
      },
    };
  }

  function draw(box) {
    const source = document.getElementById(box.dataset.chart);
    if (!source) return;
    const chart = charts.get(box) || window.echarts.init(box, null, { renderer: "canvas" });
    charts.set(box, chart);
    chart.setOption(options(JSON.parse(source.textContent)), true);
  }

  function drawAll() {
    for (const [box, chart] of charts) {
      if (!box.isConnected) {
        chart.dispose();
        charts.delete(box);
      }
    }
    for (const box of document.querySelectorAll("[data-chart]")) draw(box);
  }

  const resized = new ResizeObserver((entries) => {
    for (const entry of entries) {
      const chart = charts.get(entry.target);
      if (chart) chart.resize();
    }
  });

  function start() {
    drawAll();
    for (const box of charts.keys()) resized.observe(box);
  }

  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSettle", start);
  document.addEventListener("theme:applied", drawAll);
})();
