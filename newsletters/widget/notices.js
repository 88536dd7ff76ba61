// Notices of CS Platform inside the company's own product; docs/notices-widget.md tells how to use it.
// It draws in a shadow root, as text and never as HTML, and keeps quiet when anything fails.
(() => {
  "use strict";
  const doc = document, script = doc.currentScript;
  if (!script || window.csNotices || !("adoptedStyleSheets" in doc)) return;
  const base = new URL("/api/v1/notices/", script.src);
  const set = script.dataset;
  const words = {
    title: "Notices", unread: "new", close: "Close", dismiss: "Dismiss", none: "Nothing new.",
    new: "New", info: "Information", warning: "Warning",
  };
  const side = set.position === "start" ? "start" : "end";
  const css = `
:host{all:initial;color-scheme:${set.theme || "light dark"};--i:light-dark(#16211f,#e4ebe9);
--g:light-dark(#fff,#182120);--l:light-dark(#c9d2cf,#3d4b48);--a:light-dark(#0f6b66,#5cc4b8);
display:flex;flex-direction:column;align-items:${side};position:fixed;z-index:2147483000;bottom:1rem;inset-inline-${side}:1rem;
font:15px/1.45 system-ui,sans-serif;color:var(--i)}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box;margin:0}
button{font:inherit;color:inherit;background:none;border:0;min-width:44px;min-height:44px;border-radius:8px;cursor:pointer}
:focus-visible{outline:3px solid var(--a);outline-offset:2px}
.bell{position:relative;background:var(--a);border-radius:50%;width:48px;height:48px}
.bell::before{content:"";display:block;width:24px;height:24px;margin:auto;background:var(--g);
clip-path:path("M10 4a2 2 0 0 1 4 0a7 7 0 0 1 4 6v4l2 3v1H4v-1l2-3v-4a7 7 0 0 1 4-6M9 19h6a3 3 0 0 1-6 0")}
.count{position:absolute;top:-4px;inset-inline-end:-4px;min-width:22px;padding:0 5px;border-radius:11px;background:#962121;color:#fff}
.panel{display:flex;flex-direction:column;width:368px;max-width:calc(100vw - 2rem);max-height:min(576px,100vh - 6rem);
margin-bottom:12px;background:var(--g);border:1px solid var(--l);border-radius:12px;box-shadow:0 8px 30px #0004}
.head{display:flex;align-items:center;justify-content:space-between;padding-inline-start:16px}
h2{font-size:17px}
.list{padding:0;list-style:none;overflow:auto}
.list>li{display:flex;align-items:start;border-top:1px solid var(--l)}
details{flex:1;min-width:0;padding:12px 0;padding-inline-start:16px;overflow-wrap:anywhere}
summary{cursor:pointer;font-weight:600}
.read summary{font-weight:400}
b{color:var(--a)}
.warning b{color:light-dark(#734a00,#efc36a)}
details>:not(summary){display:block;margin-top:8px;white-space:pre-line}
b,time,.none,.count{font-size:13px}
time,.none{color:light-dark(#51605d,#a3b1ae)}
.none{padding:16px}
a{color:var(--a)}
.live{position:absolute;clip-path:inset(50%)}
@media print{:host{display:none}}`;

  let source, once, token, ends, beginning, timer, fails, ui, run = 0;
  const items = new Map(), pending = new Set(), sent = new Set();

  // --- asking ---
  const ask = async (address, options) => {
    const answer = await fetch(address, { credentials: "omit", ...options });
    if (!answer.ok) throw { status: answer.status, wait: 1000 * answer.headers.get("Retry-After") };
    return answer;
  };

  const identity = async () => {
    if (source) return source();
    if (set.identityUrl) return (await (await ask(set.identityUrl, { credentials: "same-origin", cache: "no-store" })).json()).identity;
    const given = once;
    once = "";
    return given;
  };

  const begin = async (mine) => {
    const vouched = await identity();
    // Nobody vouches: there is nothing to ask before the next page.
    if (!vouched || mine !== run) throw { over: true };
    const headers = { "Content-Type": "application/json" };
    const answer = await ask(base + "session/", { method: "POST", headers, body: JSON.stringify({ identity: vouched }) });
    const session = await answer.json();
    if (mine !== run) throw {};
    token = session.token;
    ends = Date.now() + session.expires_in * 900;
  };

  const call = async (path, method, isSecond) => {
    if (!token || Date.now() > ends) await (beginning ||= begin(run).finally(() => (beginning = 0)));
    try {
      return await ask(base + path, { method, keepalive: method === "POST", headers: { Authorization: "Bearer " + token } });
    } catch (error) {
      if (error.status !== 401 || isSecond) throw error;
      token = "";
      return call(path, method, true);
    }
  };

  const tell = async () => {
    for (const path of pending) {
      pending.delete(path);
      try {
        await call(path, "POST");
      } catch (error) {
        // What was not taken is told again later; a notice that is gone needs no more.
        if (error.status !== 404) return pending.add(path);
      }
    }
  };

  const step = (uid, what) => {
    const path = `${uid}/${what}/`;
    if (sent.has(path)) return;
    sent.add(path);
    pending.add(path);
    tell();
  };

  const tick = async () => {
    clearTimeout(timer);
    if (!ui || doc.hidden) return;
    const mine = run;
    let wait;
    try {
      const feed = await (await call("feed/", "GET")).json();
      if (mine !== run) return;
      draw(feed.notices);
      tell();
      fails = 0;
      wait = feed.ask_again * 1000;
    } catch (error) {
      if (mine !== run || error?.over) return;
      // The server is away or refuses: ask ever more seldom, and when refused, at most once a minute.
      wait = Math.max(error?.wait || 0, Math.min(9e5, (error?.status < 500 ? 6e4 : 2e3) * 2 ** fails++));
    }
    timer = setTimeout(tick, wait * (0.9 + Math.random() / 5));
  };

  // --- drawing ---
  const el = (name, props, ...inside) => {
    const made = Object.assign(doc.createElement(name), props);
    made.append(...inside);
    return made;
  };

  const link = (href, text) =>
    /^https?:\/\//i.test(href) ? el("a", { href, target: "_blank", rel: "noreferrer" }, text) : text;

  const piece = ({ text, bold, italic, href }) => {
    const strong = bold ? el("strong", {}, text) : text,
      made = italic ? el("em", {}, strong) : strong;
    return href ? link(href, made) : made;
  };

  const body = (blocks) => {
    const made = [];
    for (const { kind, runs } of blocks) {
      const parts = runs.map(piece), last = made.at(-1);
      if (kind === "p") made.push(el(kind, {}, ...parts));
      else if (last?.localName === kind) last.append(el("li", {}, ...parts));
      else made.push(el(kind === "ol" ? kind : "ul", {}, el("li", {}, ...parts)));
    }
    return made;
  };

  const when = (moment, lang) => {
    try {
      return new Date(moment).toLocaleDateString(lang || [], { dateStyle: "medium" });
    } catch {
      return lang ? when(moment) : "";
    }
  };

  const item = (notice) => {
    const { uid, title, kind, link: more } = notice,
      summary = el("summary", {}, el("b", {}, words[kind] || ""), el("br"), title),
      time = el("time", { dateTime: notice.from }, when(notice.from, doc.documentElement.lang)),
      details = el("details", { dir: "auto" }, summary, time, ...body(notice.body), more ? link(more.url, more.text) : ""),
      button = el("button", { ariaLabel: `${words.dismiss}: ${title}`, onclick: () => dismiss(uid) }, "✕"),
      made = el("li", { uid, className: kind + (notice.read ? " read" : "") }, details, button);
    details.ontoggle = () => details.open && (step(uid, "read"), made.classList.add("read"));
    return made;
  };

  const remove = (uid) => {
    items.get(uid)?.made.remove();
    items.delete(uid);
  };

  const dismiss = (uid) => {
    const { made } = items.get(uid);
    const next = made.nextSibling || made.previousSibling;
    step(uid, "dismissed");
    remove(uid);
    refresh();
    (next ? next.querySelector("summary") : ui.panel).focus();
  };

  const draw = (notices) => {
    const shown = notices.filter(({ uid }) => !sent.has(uid + "/dismissed/"));
    // What shows once stays while it is looked at.
    for (const [uid, { notice }] of items)
      if (!shown.some((one) => one.uid === uid) && (!notice.once || ui.panel.hidden)) remove(uid);
    let news = 0;
    shown.forEach((notice, place) => {
      const old = items.get(notice.uid), text = JSON.stringify({ ...notice, seen: 0, read: 0 });
      if (old?.text === text) return;
      if (!old && !notice.seen) news++;
      remove(notice.uid);
      const made = item(notice);
      items.set(notice.uid, { made, notice, text });
      ui.list.insertBefore(made, ui.list.children[place] || null);
      ui.eye.observe(made);
    });
    refresh();
    if (news) ui.live.textContent = `${words.title}: ${news} ${words.unread}`;
    if (news && set.open === "auto") ui.panel.hidden = false, refresh();
  };

  const refresh = () => {
    const { host, bell, count, none, panel } = ui;
    const unseen = [...items.values()].filter(({ notice }) => !notice.seen).length;
    count.textContent = unseen;
    count.hidden = !unseen;
    none.hidden = items.size;
    host.hidden = !items.size && panel.hidden;
    bell.ariaLabel = words.title + (unseen ? `: ${unseen} ${words.unread}` : "");
    bell.ariaExpanded = !panel.hidden;
  };

  const toggle = (hidden) => {
    if (!ui) return;
    ui.panel.hidden = hidden;
    refresh();
    (hidden ? ui.bell : ui.panel).focus();
  };

  const look = (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !items.has(target.uid)) continue;
      items.get(target.uid).notice.seen = true;
      step(target.uid, "seen");
      refresh();
    }
  };

  const build = () => {
    const label = { ariaLabel: words.title, hidden: true },
      host = el("div", { ...label, role: "region", dir: getComputedStyle(doc.documentElement).direction }),
      root = host.attachShadow({ mode: "open" }),
      sheet = new CSSStyleSheet(),
      count = el("span", { className: "count", ariaHidden: true }),
      bell = el("button", { className: "bell", onclick: () => toggle(!panel.hidden) }, count),
      list = el("ul", { className: "list", role: "list" }),
      none = el("p", { className: "none" }, words.none),
      close = el("button", { ariaLabel: words.close, onclick: () => toggle(true) }, "✕"),
      head = el("div", { className: "head" }, el("h2", {}, words.title), close),
      panel = el("div", { ...label, className: "panel", role: "dialog", tabIndex: -1 }, head, list, none),
      live = el("div", { className: "live", role: "status" });
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    // It must answer nothing: false would hold every other key back.
    panel.onkeydown = ({ key }) => void (key === "Escape" && toggle(true));
    root.append(panel, bell, live);
    doc.body.append(host);
    ui = { host, bell, count, list, none, panel, live, eye: new IntersectionObserver(look, { threshold: 0.5 }) };
  };

  // --- what the page may call ---
  const stop = () => {
    run++;
    clearTimeout(timer);
    token = beginning = fails = 0;
    [items, pending, sent].forEach((kept) => kept.clear());
    ui?.eye.disconnect();
    ui?.host.remove();
    ui = null;
  };

  const start = (options) => {
    stop();
    source = options?.identity;
    once = set.identity;
    try {
      Object.assign(words, JSON.parse(set.words || "{}"), options?.words);
      build();
      tick();
    } catch {
      stop();
    }
  };

  window.csNotices = { start, stop, open: () => toggle(false), close: () => toggle(true) };
  doc.addEventListener("visibilitychange", tick);
  const ready = () => (set.identity || set.identityUrl) && start();
  doc.readyState === "loading" ? doc.addEventListener("DOMContentLoaded", ready) : ready();
})();
