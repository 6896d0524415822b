// A button that saves a text of the page as a file, under its title and with its note.

import { textOf } from "./text-of.js";

export default function downloadText(button) {
  button.addEventListener("click", () => {
    const parts = [button.dataset.title, "", textOf(button.dataset.from), "", button.dataset.note, ""];
    const address = URL.createObjectURL(new Blob([parts.join("\n")], { type: "text/plain;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = button.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  });
  button.hidden = false;
}
