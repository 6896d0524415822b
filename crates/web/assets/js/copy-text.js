// A button that copies a text of the page and says whether it did.

import { textOf } from "./text-of.js";

const SAID_MS = 2500;

export default function copyText(button) {
  if (!navigator.clipboard) return;
  const label = button.textContent;
  let timer;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    const done = await navigator.clipboard.writeText(textOf(button.dataset.from)).then(() => true, () => false);
    button.textContent = done ? button.dataset.done : button.dataset.failed;
    clearTimeout(timer);
    timer = setTimeout(() => (button.textContent = label), SAID_MS);
  });
  button.hidden = false;
}
