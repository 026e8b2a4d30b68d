// Keeps tools' data, each tool's apart, while the page around this frame is open
// (LTI postMessage storage). Only the origins of registered tools are answered.
const MOST_KEYS = 500;
const LONGEST_VALUE = 4096;
const origins = new Set((document.body.dataset.origins || "").split(" ").filter(Boolean));
const kept = new Map([...origins].map((origin) => [origin, new Map()]));

const refuse = (code, message) => ({ error: { code, message } });

const answers = {
  "lti.capabilities": () => ({
    supported_messages: Object.keys(answers).map((subject) => ({ subject })),
  }),
  "lti.put_data": ({ key, value }, data) => {
    if (typeof key !== "string" || !key) return refuse("bad_request", "A key is a text.");
    if (value === null || value === undefined) {
      data.delete(key);
      return { key, value: null };
    }
    if (typeof value !== "string") return refuse("bad_request", "A value is a text.");
    if (key.length > LONGEST_VALUE || value.length > LONGEST_VALUE) {
      return refuse("storage_exhaustion", `A value has ${LONGEST_VALUE} characters at most.`);
    }
    if (!data.has(key) && data.size >= MOST_KEYS) {
      return refuse("storage_exhaustion", `There are ${MOST_KEYS} keys at most.`);
    }
    data.set(key, value);
    return { key, value };
  },
  "lti.get_data": ({ key }, data) => {
    if (typeof key !== "string" || !key) return refuse("bad_request", "A key is a text.");
    return { key, value: data.get(key) ?? null };
  },
};

window.addEventListener("message", (event) => {
  const asked = event.data;
  if (!asked || typeof asked !== "object" || typeof asked.subject !== "string") return;
  if (!asked.subject.startsWith("lti.") || asked.subject.endsWith(".response")) return;
  if (typeof asked.message_id !== "string" || !asked.message_id || !event.source) return;
  const data = kept.get(event.origin);
  let answer = refuse("unsupported_subject", "This frame only keeps data.");
  if (!data) answer = refuse("unauthorized_origin", "This origin is of no registered tool.");
  else if (Object.hasOwn(answers, asked.subject)) answer = answers[asked.subject](asked, data);
  const subject = `${asked.subject}.response`;
  event.source.postMessage({ subject, message_id: asked.message_id, ...answer }, event.origin);
});
