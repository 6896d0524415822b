// One key for what staff do most: / leads to the look-up, unless somebody is writing.

export default function deskKeys(link) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    const field = document.getElementById("identifier");
    if (field) field.focus();
    else link.click();
  });
}
