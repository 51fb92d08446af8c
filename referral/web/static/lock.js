// Locks the page when nobody works on it. The server locks the session by itself; this takes what
// is on the screen away. Work in one tab keeps the others.

const link = document.querySelector("a[data-lock]");
const SAID_EVERY_MS = 10_000;

if (link) {
  const after = Number(link.dataset.lock) * 1000;
  const others = new BroadcastChannel("at work");
  let timer;
  let said = Number.NEGATIVE_INFINITY;

  const lock = () => {
    document.documentElement.classList.add("leaving");
    window.dispatchEvent(new Event("quickexit")); // drafts go out first
    window.location.replace(link.href);
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(lock, after);
  };
  const work = (event) => {
    wait();
    if (event.timeStamp - said < SAID_EVERY_MS) return;
    said = event.timeStamp;
    others.postMessage("at work");
  };
  for (const kind of ["keydown", "pointerdown", "input"]) {
    document.addEventListener(kind, work, { passive: true });
  }
  others.addEventListener("message", wait);
  wait();
}
