// A button that copies the value beside it; without scripts there is no button.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  const value = document.getElementById(button.dataset.copy);
  if (!navigator.clipboard || !value) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(value.textContent);
    document.getElementById("live").textContent = button.dataset.done;
    button.textContent = button.dataset.done;
  });
}
