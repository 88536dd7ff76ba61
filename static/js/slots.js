// Picking an hour: the visitor's own zone, arrow keys between hours, and the time that a held hour has left.
(() => {
  // --- the visitor's zone -----------------------------------------------------------------------
  // Only where nobody has chosen one: the address then names the zone, so that back and reload keep it.
  function useOwnZone() {
    const slots = document.querySelector("[data-guess-zone]");
    if (!slots) return;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone || zone === slots.dataset.zone) return;
    const address = new URL(slots.dataset.guessZone, window.location.href);
    address.searchParams.set("zone", zone);
    address.searchParams.set("guessed", "1");
    window.htmx.ajax("GET", address.pathname + address.search, { target: "#slots", select: "#slots", swap: "outerHTML" });
  }

  // --- arrow keys -------------------------------------------------------------------------------
  // Up and down go through a day's hours, left and right to the same place of the next day that has any.
  function move(button, key) {
    const days = [...document.querySelectorAll(".week-hours")];
    const hours = (day) => [...day.querySelectorAll(".hour")];
    const day = days.findIndex((one) => one.contains(button));
    const place = hours(days[day]).indexOf(button);
    if (key === "ArrowDown" || key === "ArrowUp") {
      return hours(days[day])[place + (key === "ArrowDown" ? 1 : -1)];
    }
    const beside = days[day + (key === "ArrowRight" ? 1 : -1)];
    return beside && hours(beside)[Math.min(place, hours(beside).length - 1)];
  }

  document.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"].includes(event.key)) return;
    if (!(event.target instanceof Element) || !event.target.matches(".week-hours .hour")) return;
    event.preventDefault();
    const following = move(event.target, event.key);
    if (following) following.focus();
  });

  // --- the held hour ----------------------------------------------------------------------------
  const SAID_AT = [120, 60, 0];

  function words(seconds) {
    const minutes = Math.floor(seconds / 60);
    return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
  }

  function watch(held) {
    const until = Date.parse(held.dataset.heldUntil);
    const say = document.querySelector("[data-held-say]");
    let last = Infinity;
    const timer = window.setInterval(tick, 1000);

    function tick() {
      const left = Math.max(0, Math.round((until - Date.now()) / 1000));
      held.textContent = left ? `${held.dataset.heldText} ${words(left)} minutes.` : held.dataset.heldOver;
      const due = SAID_AT.find((seconds) => left <= seconds && seconds < last);
      if (due !== undefined && last !== Infinity && say) {
        say.textContent = left ? `The hour is held for ${Math.ceil(left / 60)} more minute${left > 60 ? "s" : ""}.` : held.dataset.heldOver;
      }
      last = left;
      if (!left) window.clearInterval(timer);
    }

    tick();
  }

  document.addEventListener("DOMContentLoaded", () => {
    useOwnZone();
    for (const held of document.querySelectorAll("[data-held-until]")) watch(held);
  });
})();
