// Show and hide a passphrase. Without this script the box simply stays covered.

document.querySelectorAll("[data-secret]").forEach((holder) => {
  const box = holder.querySelector("input[type=password]");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "as-link";
  button.setAttribute("aria-controls", box.id);
  const say = () => {
    const isShown = box.type === "text";
    button.textContent = isShown ? holder.dataset.hide : holder.dataset.show;
    button.setAttribute("aria-pressed", String(isShown));
  };
  button.addEventListener("click", () => {
    box.type = box.type === "password" ? "text" : "password";
    say();
    box.focus();
  });
  // what was made visible must not be submitted as visible text that the browser would remember
  box.form.addEventListener("submit", () => {
    box.type = "password";
  });
  say();
  box.after(button);
});
