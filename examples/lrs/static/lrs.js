// Puts new statements on top as they arrive. Without it, the page is reloaded by hand.
"use strict";

const rows = document.getElementById("rows");
const news = document.getElementById("news");
const empty = document.getElementById("empty");
const follow = document.getElementById("follow");
const box = follow.querySelector("input");
const EVERY = 1500;

follow.hidden = false;

function newest() {
  const first = rows.firstElementChild;
  return first ? first.dataset.seq : "0";
}

async function look() {
  const address = new URL(rows.dataset.rows, location.href);
  address.searchParams.set("after", newest());
  const answer = await fetch(address, { signal: AbortSignal.timeout(10000) });
  if (!answer.ok) throw new Error("the LRS answered " + answer.status);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const added = Array.from(page.body.children).filter((one) => one.dataset.seq);
  if (added.length === 0) return;
  for (const old of rows.querySelectorAll(".new")) old.classList.remove("new");
  for (const one of added) one.classList.add("new");
  rows.prepend(...added);
  empty.hidden = true;
  news.textContent = added.length === 1 ? "1 new statement" : added.length + " new statements";
}

async function keepLooking() {
  if (box.checked && !document.hidden) {
    try {
      await look();
    } catch {
      news.textContent = "The LRS does not answer now; trying again.";
    }
  }
  setTimeout(keepLooking, EVERY);
}

setTimeout(keepLooking, EVERY);
