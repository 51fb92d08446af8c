// "Show number" in place: the same posted form, answered as {"number": "…"}. Without this script
// the form posts and the page comes back with the number in it.

async function reveal(form) {
  const place = document.createElement("p");
  place.setAttribute("role", "status");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      credentials: "same-origin",
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const { number } = await answer.json();
    place.className = "number";
    place.textContent = number;
  } catch {
    place.className = "fine";
    place.textContent = form.dataset.failed;
  }
  form.replaceWith(place);
}

document.querySelectorAll("form[data-reveal]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    reveal(form);
  });
});
