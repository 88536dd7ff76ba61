// The editor of newsletters: variables go where the cursor was, typed text is not left behind unnoticed, days by drag.
(() => {
  // --- variables --------------------------------------------------------------------------------
  const TAKES_TEXT = "textarea, input[type=text]";
  const lastField = new WeakMap();

  document.addEventListener("focusin", (event) => {
    if (event.target.matches(TAKES_TEXT) && event.target.form) lastField.set(event.target.form, event.target);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const form = button.closest("form");
    const field = lastField.get(form) || form.querySelector(TAKES_TEXT);
    field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    button.closest("details").open = false;
    field.focus();
  });

  // --- what is typed and not saved --------------------------------------------------------------
  const isDirty = (form) => form.dataset.dirty === "yes";

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guarded]");
    if (form) form.dataset.dirty = "yes";
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-guarded]")) delete event.target.dataset.dirty;
  });
  // What did not arrive is typed still; what was refused comes back marked by the server.
  for (const failed of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(failed, (event) => {
      if (event.target.matches("form[data-guarded]")) event.target.dataset.dirty = "yes";
    });
  }
  window.addEventListener("beforeunload", (event) => {
    if ([...document.querySelectorAll("form[data-guarded]")].some(isDirty)) event.preventDefault();
  });

  // A new block that is not wanted after all: nothing is stored, so nothing is asked.
  document.addEventListener("click", (event) => {
    const discard = event.target.closest("[data-discard]");
    const card = discard && document.querySelector(`.block-item ${discard.dataset.discard}`);
    if (!card) return;
    event.preventDefault();
    card.closest(".block-item").remove();
  });

  // --- focus follows what opened ----------------------------------------------------------------
  document.addEventListener("htmx:afterSettle", (event) => {
    const opened = event.detail.elt;
    if (!(opened instanceof Element)) return;
    const root = opened.id === "blocks" ? opened.querySelector("#block-new, [data-autofocus]") : opened;
    const form = root && root.matches(".block-item, #block-new, #details, [data-autofocus]") ? root : null;
    if (!form) return;
    const field = form.matches("[data-autofocus]") ? form : form.querySelector(".is-invalid, textarea, input[type=text], .block-actions a, .panel-actions a");
    if (field) field.focus({ preventScroll: false });
  });

  document.addEventListener("close-dialog", () => document.getElementById("dialog").close());

  // --- the preview ------------------------------------------------------------------------------
  // A telephone shows the mail as a telephone does, until somebody chooses.
  document.addEventListener("DOMContentLoaded", () => {
    const phone = document.querySelector("#preview[data-way-open] [data-way=phone]");
    if (phone && window.matchMedia("(max-width: 767px)").matches) {
      window.htmx.ajax("GET", phone.href, { target: "#preview", swap: "outerHTML" });
    }
  });

  // --- the calendar -----------------------------------------------------------------------------
  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    dragged = event.target instanceof Element ? event.target.closest("[data-plan]") : null;
  });
  document.addEventListener("dragover", (event) => {
    const day = dragged && event.target.closest("[data-day]");
    for (const over of document.querySelectorAll(".is-over")) over.classList.toggle("is-over", over === day);
    if (!day) return;
    event.preventDefault();
    day.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const day = dragged && event.target.closest("[data-day]");
    if (!day) return;
    event.preventDefault();
    const form = document.getElementById("plan-by-drag");
    form.action = dragged.dataset.plan;
    form.elements.planned_on.value = day.dataset.day;
    form.requestSubmit();
  });
  document.addEventListener("dragend", () => {
    for (const over of document.querySelectorAll(".is-over")) over.classList.remove("is-over");
  });
})();
