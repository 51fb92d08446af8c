// A form that is long at work says so and is sent once. Without script the server writes once what is
// sent twice.

for (const form of document.querySelectorAll("form[data-slow]")) {
  const button = form.querySelector("[type=submit]");
  let isSent = false;

  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
    button.setAttribute("aria-disabled", "true");
    form.querySelector("[role=status]").textContent = form.dataset.slow;
  });
}
