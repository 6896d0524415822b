// Writes a time of the server in the reader's own zone, and names the zone.

export default function localTime(time) {
  const moment = new Date(time.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  // Day before month and 24 hours, as the server writes it, so that a page reads the same before and after.
  const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  const format = new Intl.DateTimeFormat(language, {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });
  time.title = time.textContent;
  time.textContent = format.format(moment);
}
