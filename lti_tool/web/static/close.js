// After a registration: tells the LMS to close the window or frame that shows this page.
"use strict";

const close = document.querySelector("[data-close]");
close.hidden = false;
close.addEventListener("click", () => {
  // By the standard to anybody: the message holds nothing, and whose page it is differs.
  (window.opener || window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
});
