// What Needle's pages gain with scripts: nothing depends on it.
"use strict";

// An error summary or a word of thanks takes the focus; `autofocus` alone is not heeded in a
// frame of another site.
document.querySelector("[data-focus]")?.focus();

// Enter sends the need, as it does in every search box; Shift+Enter makes a new line.
document.querySelector("textarea[data-enter]")?.addEventListener("keydown", (press) => {
  if (press.key === "Enter" && !press.shiftKey && !press.isComposing && press.target.value.trim()) {
    press.preventDefault();
    press.target.form.requestSubmit();
  }
});

// A situation puts its words in the box at once, to be changed; without scripts, a page does.
document.addEventListener("click", (pressed) => {
  const situation = pressed.target.closest?.("button[data-words]");
  const box = document.querySelector("textarea[data-enter]");
  if (!situation || !box) return;
  pressed.preventDefault();
  box.value = situation.dataset.words;
  box.focus();
});

// A second click while the first is on its way sends nothing more; after five seconds it may.
document.addEventListener("submit", (sent) => {
  const form = sent.target;
  if (form.dataset.download !== undefined) return;
  if (form.dataset.sent !== undefined) {
    sent.preventDefault();
    return;
  }
  form.dataset.sent = "";
  setTimeout(() => delete form.dataset.sent, 5000);
});
// Back brings a page as it was left: it may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// After a module was opened, its card asks whether it helped: it is there on coming back.
const live = document.getElementById("live");
function showQuestion(pressed) {
  const open = pressed.target.closest?.("a[data-open]");
  const question = open && document.getElementById(open.dataset.open);
  if (!question?.hidden) return;
  question.hidden = false;
  live.textContent = live.dataset.opened;
}
document.addEventListener("click", showQuestion);
document.addEventListener("auxclick", showQuestion);

// A platform that listens makes the frame as high as the page (`lti.frameResize`).
const platform = document.documentElement.dataset.platform;
if (platform && window.parent !== window) {
  const page = document.querySelector(".page");
  let told = 0;
  let waiting = false;
  const tellHeight = () => {
    waiting = false;
    const height = Math.ceil(page.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    window.parent.postMessage({ subject: "lti.frameResize", height }, platform);
  };
  new ResizeObserver(() => {
    if (waiting) return;
    waiting = true;
    setTimeout(tellHeight, 100);
  }).observe(page);
}
