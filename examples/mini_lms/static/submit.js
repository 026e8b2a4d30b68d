// Sends the one form of a page that only passes something on.
const form = document.querySelector("form[data-submit-now]");
if (form instanceof HTMLFormElement) {
  form.submit();
}
