// A button that prints the page; the print styles leave only what belongs on paper.

export default function printPage(button) {
  button.addEventListener("click", () => print());
  button.hidden = false;
}
