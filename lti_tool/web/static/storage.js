// Where no cookie lives in the frame: the platform stores what shows that this is the browser
// in which the login began (lti-pm-s 0.1). The server decides; here nothing is checked but who
// is spoken to. Whatever fails ends within seconds, in a page that says what to do.
"use strict";

const PATIENCE = 2000;
const AGAIN = 250;
const NETWORK_PATIENCE = 15000;

document.documentElement.classList.add("storing");

// The frame may come into being after us, and is never kept: it is looked up each time.
function findStorage(target) {
  const holder = window.parent === window ? window.opener : window.parent;
  try {
    return target === "_parent" ? holder : holder.frames[target];
  } catch {
    return null;
  }
}

function post(place, message) {
  try {
    findStorage(place.target)?.postMessage(message, place.origin);
  } catch {
    // A name that is no frame's: the answer stays out, and the time runs.
  }
}

// Ask until the answer comes from that very frame and origin, or the time is over.
function ask(place, subject, content) {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0")).join("");
  const message = { subject, message_id: id, key: place.key, ...content };
  return new Promise((answered, failed) => {
    const hear = (event) => {
      const said = event.data;
      if (event.origin !== place.origin || event.source !== findStorage(place.target)) return;
      if (said?.subject !== `${subject}.response` || said.message_id !== id) return;
      stop();
      if (said.error) failed(new Error("refused"));
      else answered(said);
    };
    const stop = () => {
      clearInterval(asking);
      clearTimeout(waiting);
      window.removeEventListener("message", hear);
    };
    window.addEventListener("message", hear);
    // A frame that is still loading hears nothing: what it is asked may come twice.
    const asking = setInterval(() => post(place, message), AGAIN);
    const waiting = setTimeout(() => {
      stop();
      failed(new Error("silent"));
    }, PATIENCE);
    post(place, message);
  });
}

async function put(place, value, url) {
  await ask(place, "lti.put_data", { value });
  const kept = await ask(place, "lti.get_data", {});
  if (kept.value !== value) throw new Error("another value");
  const giveUp = new AbortController();
  const waiting = setTimeout(() => giveUp.abort(), NETWORK_PATIENCE);
  const answer = await fetch(url, {
    method: "POST",
    body: new URLSearchParams({ browser: value }),
    signal: giveUp.signal,
  });
  clearTimeout(waiting);
  if (!answer.ok) throw new Error("refused");
  // Not a form's redirect: that may only lead where this page's forms may.
  window.location.replace((await answer.json()).location);
}

// Without a value the form goes on as well: the server then says what happened.
async function get(place, form) {
  const kept = await ask(place, "lti.get_data", {}).catch(() => ({}));
  if (typeof kept.value === "string") form.elements.browser.value = kept.value;
  post(place, { subject: "lti.put_data", message_id: "done", key: place.key, value: null });
  form.submit();
}

document.addEventListener("DOMContentLoaded", () => {
  const page = document.querySelector("[data-storage]");
  const { storage, key, value, target, url } = page.dataset;
  const place = { key, target, origin: new URL(page.dataset.origin).origin };
  const going = storage === "put" ? put(place, value, url) : get(place, page);
  going.catch(() => {
    document.documentElement.classList.remove("storing");
    document.querySelector(".instead h1").focus();
  });
});
