// Says that Caps Lock is on while a password is typed.

export default function capsLock(input) {
  const line = document.getElementById(input.dataset.capsLock);
  if (!line) return;
  const say = (on) => {
    const text = on ? line.dataset.text : "";
    if (line.textContent !== text) line.textContent = text;
  };
  for (const kind of ["keydown", "keyup"]) {
    input.addEventListener(kind, (event) => say(event.getModifierState?.("CapsLock") ?? false));
  }
  input.addEventListener("blur", () => say(false));
}
