// What the browser notes on its console: each note is a fault of the page, but for those that a journey brings about itself.

const REFUSED = /status of 422/;

/** Collects the errors that the browser notes, as `page.problems`. */
export function watchNotes(page) {
  page.problems = [];
  // Notes that are forgiven and have not come yet.
  page.forgiven = 0;
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    if (page.forgiven > 0 && REFUSED.test(message.text())) page.forgiven -= 1;
    else page.problems.push(message.text());
  });
  page.on("pageerror", (error) => page.problems.push(String(error)));
}

/** Takes back the note of a form that was refused through no fault of the page, whether it has come already or not. */
export function forgive(page) {
  const noted = page.problems.findLastIndex((problem) => REFUSED.test(problem));
  if (noted >= 0) page.problems.splice(noted, 1);
  else page.forgiven += 1;
}
