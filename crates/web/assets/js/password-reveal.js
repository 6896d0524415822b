// A button beside a password that shows it, and hides it again before the form is sent.

export default function passwordReveal(button) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  if (!input) return;
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? button.dataset.hide : button.dataset.show;
  };
  button.setAttribute("aria-label", `${button.dataset.show}: ${input.labels[0]?.textContent ?? ""}`);
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  input.form?.addEventListener("submit", () => show(false));
  button.hidden = false;
}
