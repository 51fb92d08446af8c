// Saves a form that carries data-draft-url while it is being written. The draft is sealed on the
// server; nothing is kept in this browser. The answer is {"saved_at": "21:13"}.

const QUIET_MS = 1500;
const RETRY_MS = 15_000;

function follow(form) {
  const status = document.querySelector("[data-draft-status]");
  let timer = 0;
  let isDirty = false;
  let isSending = false;

  const say = (text) => {
    if (status) status.textContent = text;
  };

  async function save(keepalive = false) {
    if (!isDirty || isSending) return;
    isDirty = false;
    isSending = true;
    const body = new FormData(form);
    try {
      const answer = await fetch(form.dataset.draftUrl, {
        method: "POST",
        body,
        credentials: "same-origin",
        headers: { "X-CSRFToken": body.get("csrf_token") ?? "", Accept: "application/json" },
        keepalive,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const { saved_at: savedAt } = await answer.json();
      say(status?.dataset.saved.replace("{time}", savedAt));
    } catch {
      isDirty = true;
      say(status?.dataset.failed);
      plan(RETRY_MS);
    } finally {
      isSending = false;
      if (isDirty && !timer) plan(QUIET_MS);
    }
  }

  function plan(after) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = 0;
      save();
    }, after);
  }

  const changed = (wait) => {
    isDirty = true;
    plan(wait);
  };

  form.addEventListener("input", () => changed(QUIET_MS));
  // The page came back with one line more or less, and what it shows is saved nowhere yet.
  if (form.querySelector("[data-unsaved]")) changed(0);
  form.addEventListener("submit", () => {
    isDirty = false;
    clearTimeout(timer);
  });
  window.addEventListener("quickexit", () => save(true));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save(true);
  });
}

document.querySelectorAll("form[data-draft-url]").forEach(follow);
