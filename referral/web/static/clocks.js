// Refreshes the clocks that the server drew, each minute. The server's time counts, not the device's.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const IN_MINUTES = 2 * HOUR; // as `_IN_MINUTES` of the server
const read = (name) => document.querySelector(`meta[name="${name}"]`)?.content;
const words = JSON.parse(read("clock-words") ?? "null");
const serverNow = Date.parse(read("server-now") ?? "");
const began = performance.now();
const now = () => serverNow + (performance.now() - began);

function overdue(beyond) {
  if (beyond >= DAY) return words.late_days.replace("{n}", Math.floor(beyond / DAY));
  if (beyond >= HOUR) return words.late_hours.replace("{n}", Math.floor(beyond / HOUR));
  if (beyond >= MINUTE) return words.late_minutes.replace("{n}", Math.floor(beyond / MINUTE));
  return words.late_none;
}

function left(remaining) {
  if (remaining >= DAY) return null; // a date does not change by the minute
  if (remaining >= IN_MINUTES) return words.left_hours.replace("{n}", Math.floor(remaining / HOUR));
  const minutes = Math.floor(remaining / MINUTE);
  return minutes ? words.left_minutes.replace("{n}", minutes) : words.left_none;
}

function paint(clock) {
  const due = Date.parse(clock.dataset.due);
  const started = Date.parse(clock.dataset.started ?? "");
  const remaining = due - now();
  const share = remaining <= 0 ? 100 : (100 * remaining) / (due - started);
  const isSoon = remaining <= HOUR || share * 3 <= 100;
  const tone = remaining <= 0 ? "late" : isSoon ? "soon" : "calm";
  const text = remaining <= 0 ? overdue(-remaining) : left(remaining);
  const row = clock.closest("li");
  clock.classList.remove("calm", "soon", "late");
  clock.classList.add(tone);
  if (row && !row.hasAttribute("aria-current")) {
    row.classList.toggle("late", tone === "late");
    row.classList.toggle("soon", tone === "soon");
  }
  if (text !== null) clock.querySelector("b").textContent = text;
  const bar = clock.querySelector(".left");
  if (bar && Number.isFinite(share)) bar.setAttribute("width", Math.min(100, Math.max(1, share)));
}

if (words && Number.isFinite(serverNow)) {
  setInterval(() => document.querySelectorAll(".clock[data-due]").forEach(paint), MINUTE);
}
