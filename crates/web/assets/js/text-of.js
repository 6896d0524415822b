// The text that a copy or a download takes: one line per list item, or the plain text.

export function textOf(id) {
  const source = document.getElementById(id);
  if (!source) return "";
  const items = [...source.querySelectorAll("li")];
  return items.length ? items.map((item) => item.textContent.trim()).join("\n") : source.textContent.trim();
}
