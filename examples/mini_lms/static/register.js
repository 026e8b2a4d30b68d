// Goes on to the list of tools when the tool says that its registration is done
// (LTI Dynamic Registration 1.0, section 3.7).
const frame = document.querySelector("iframe[data-then]");
const origin = new URL(frame.src).origin;

window.addEventListener("message", (event) => {
  const said = event.data;
  const isOurs = event.origin === origin && event.source === frame.contentWindow;
  if (isOurs && said && said.subject === "org.imsglobal.lti.close") {
    window.location.assign(frame.dataset.then);
  }
});
