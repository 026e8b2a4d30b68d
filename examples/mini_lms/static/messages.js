// What a page of the LMS answers to the tool in its frame: what it can do, and how high
// the tool wants to be.
const LEAST_HEIGHT = 200;
const MOST_HEIGHT = 5000;
const frame = document.querySelector("iframe.tool");
const origins = new Set((frame?.dataset.origins || "").split(" ").filter(Boolean));

const CAPABILITIES = [
  { subject: "lti.capabilities" },
  { subject: "lti.frameResize" },
  { subject: "lti.put_data", frame: "lti_storage" },
  { subject: "lti.get_data", frame: "lti_storage" },
];

const read = (data) => {
  if (typeof data !== "string") return data;
  try {
    return JSON.parse(data); // Canvas's first tools sent texts, and some still do
  } catch {
    return null;
  }
};

window.addEventListener("message", (event) => {
  if (!origins.has(event.origin) || !event.source) return;
  const asked = read(event.data);
  if (!asked || typeof asked !== "object") return;
  if (asked.subject === "lti.capabilities") {
    event.source.postMessage({
      subject: "lti.capabilities.response",
      message_id: asked.message_id,
      supported_messages: CAPABILITIES,
    }, event.origin);
  }
  if (asked.subject === "lti.frameResize" && event.source === frame.contentWindow) {
    const height = Number(asked.height);
    if (Number.isFinite(height) && height > 0) {
      frame.style.height = `${Math.min(Math.max(height, LEAST_HEIGHT), MOST_HEIGHT)}px`;
    }
  }
});
