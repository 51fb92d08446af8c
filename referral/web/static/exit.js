// Quick exit: the button, or Escape twice. The page is hidden before anything is sent, and so are
// the other tabs of this browser.
// Without this script the button still posts the form.

const TWICE_WITHIN_MS = 700;
const form = document.querySelector("form[data-quick-exit]");

const otherTabs = new BroadcastChannel("exit");

function hide() {
  document.documentElement.classList.add("leaving");
  document.title = "…";
}

function leave() {
  const after = form.dataset.quickExit;
  hide();
  window.dispatchEvent(new Event("quickexit")); // drafts go out first
  otherTabs.postMessage("leave");
  // keepalive lets the request outlive the page; replace keeps this page out of the history
  fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    credentials: "same-origin",
    redirect: "manual",
    keepalive: true,
  }).catch(() => undefined);
  window.location.replace(after);
}

if (form) {
  otherTabs.addEventListener("message", () => {
    hide();
    window.location.replace(form.dataset.quickExit);
  });
  let last = Number.NEGATIVE_INFINITY;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    leave();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    if (event.timeStamp - last < TWICE_WITHIN_MS) leave();
    last = event.timeStamp;
  });
}

const summary = document.querySelector("[data-error-summary]");
if (summary) summary.focus();
