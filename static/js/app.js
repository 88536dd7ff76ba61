// What every page needs: theme buttons, toasts, questions before a risky step, and htmx's manners.
(() => {
  // --- theme ------------------------------------------------------------------------------------
  function showChosenTheme() {
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === window.productTheme.chosen()));
    }
  }

  document.addEventListener("theme:applied", showChosenTheme);

  // --- toasts -----------------------------------------------------------------------------------
  const TOAST_SECONDS = 6;

  function toast(text, level = "info") {
    const region = document.getElementById("toasts");
    const template = document.getElementById("toast-template");
    if (!region || !template) return;
    const node = template.content.firstElementChild.cloneNode(true);
    node.classList.add(`toast-${level}`);
    node.querySelector("[data-toast-text]").textContent = text;
    region.append(node);
    // An error stays until the person has read it.
    if (level !== "error") window.setTimeout(() => node.remove(), TOAST_SECONDS * 1000);
  }

  window.productToast = toast;
  // A view answers htmx with: trigger_client_event(response, "toast", {"level": "success", "text": "Saved"})
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.level));

  // --- questions before a risky step ------------------------------------------------------------
  // <button data-confirm="Remove this person?" data-confirm-action="Remove"> on a submit button, or on a form.
  function ask(question, action) {
    const dialog = document.getElementById("confirm-dialog");
    dialog.querySelector("[data-confirm-question]").textContent = question;
    dialog.querySelector("[data-confirm-yes]").textContent = action || "Continue";
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }

  document.addEventListener("submit", (event) => {
    const asking = [event.submitter, event.target].find((node) => node && node.dataset && node.dataset.confirm);
    if (!asking) return;
    if (asking.dataset.confirmed === "yes") {
      delete asking.dataset.confirmed;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(asking.dataset.confirm, asking.dataset.confirmAction).then((agreed) => {
      if (!agreed) return;
      asking.dataset.confirmed = "yes";
      event.target.requestSubmit(event.submitter);
    });
  }, true);

  // hx-confirm asks in the same dialog.
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, event.detail.elt.dataset.confirmAction).then((agreed) => {
      if (agreed) event.detail.issueRequest(true);
    });
  });

  // --- a form is sent once ----------------------------------------------------------------------
  function forgetSending() {
    for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
    for (const button of document.querySelectorAll("button[aria-busy=true]")) button.removeAttribute("aria-busy");
  }

  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.getAttribute("method") !== "post") return;
    if (event.target.dataset.sending === "yes") {
      event.preventDefault();
      return;
    }
    event.target.dataset.sending = "yes";
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
    // A form that answers with a file leaves the page standing, so it becomes usable again.
    window.setTimeout(forgetSending, 5000);
  });

  window.addEventListener("pageshow", forgetSending);

  // --- htmx -------------------------------------------------------------------------------------
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target instanceof HTMLFormElement) delete event.target.dataset.sending;
  });

  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    toast(status === 403 ? "You may not do this." : `The server refused this (${status}). Nothing was changed.`, "error");
  });

  document.addEventListener("htmx:sendError", () => {
    toast("The server cannot be reached. Check the connection and try again.", "error");
  });

  // Forms that answer with their own errors come back as 422 and are shown in place.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  // A link with hx-target="#dialog" opens what it loads in the page's one dialog.
  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = event.detail.target;
    if (!(dialog instanceof HTMLDialogElement)) return;
    if (!dialog.open) dialog.showModal();
    const first = dialog.querySelector(".is-invalid, [data-autofocus]");
    if (first) first.focus();
  });

  // --- small behaviours by attribute ------------------------------------------------------------
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const theme = event.target.closest("[data-theme-choice]");
    if (theme) window.productTheme.choose(theme.dataset.themeChoice);
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(dismiss.dataset.dismiss).remove();
    const closer = event.target.closest("[data-close-dialog]");
    if (closer) closer.closest("dialog").close();
    const opener = event.target.closest("[data-open-dialog]");
    if (opener) document.getElementById(opener.dataset.openDialog).showModal();
    const menu = event.target.closest("details.menu");
    for (const open of document.querySelectorAll("details.menu[open]")) if (open !== menu) open.open = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of document.querySelectorAll("details.menu[open]")) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });

  // <select data-submit-on-change> sends its form; without JavaScript the form's own button does.
  document.addEventListener("change", (event) => {
    if (event.target instanceof Element && event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });

  document.addEventListener("DOMContentLoaded", () => {
    showChosenTheme();
    const invalid = document.querySelector("main .is-invalid");
    const first = invalid || document.querySelector("main [data-autofocus], main [data-focus-first] input:not([type=hidden])");
    if (first) first.focus();
  });
})();
