// Writes a time of the server in the reader's own zone, and names the zone.

export default function localTime(time) {
  const moment = new Date(time.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
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
