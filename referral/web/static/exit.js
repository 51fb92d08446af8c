// Quick exit: the button, or Escape twice. The page is hidden before anything is sent, and so are
// the other tabs of this browser.
// Without this script it is a plain link that does the same.

const TWICE_WITHIN_MS = 700;
const exit = document.querySelector("a[data-quick-exit]");

const otherTabs = new BroadcastChannel("exit");

function hide() {
  document.documentElement.classList.add("leaving");
  document.title = "…";
}

function leave() {
  const after = exit.dataset.quickExit;
  hide();
  window.dispatchEvent(new Event("quickexit")); // drafts go out first
  otherTabs.postMessage("leave");
  // keepalive lets the request outlive the page; replace keeps this page out of the history
  fetch(exit.href, {
    credentials: "same-origin",
    redirect: "manual",
    keepalive: true,
  }).catch(() => undefined);
  window.location.replace(after);
}

if (exit) {
  otherTabs.addEventListener("message", () => {
    hide();
    window.location.replace(exit.dataset.quickExit);
  });
  let last = Number.NEGATIVE_INFINITY;
  exit.addEventListener("click", (event) => {
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
