// Asks the server how hard a new password is to guess, a moment after the typing stops, and says it in words.

const PAUSE_MS = 350;

export default function strength(meter) {
  const input = document.getElementById(meter.dataset.for);
  const says = meter.querySelector(".says");
  if (!input || !says) return;
  let timer;
  let asked = 0;

  const show = (score) => {
    if (score === null) delete meter.dataset.score;
    else meter.dataset.score = String(score);
    says.textContent = score === null ? "" : (meter.getAttribute(`data-words-${score}`) ?? "");
  };

  const ask = async () => {
    const mine = ++asked;
    if (!input.value) return show(null);
    const answer = await fetch(meter.dataset.url, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
      body: new URLSearchParams({ csrf: meter.dataset.csrf, password: input.value }),
    });
    // Only the newest answer counts; without one the meter says nothing, and the form judges in the end.
    if (mine !== asked) return;
    const score = answer.ok ? (await answer.json()).score : null;
    show(Number.isInteger(score) && score >= 0 && score <= 4 ? score : null);
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask().catch(() => show(null)), PAUSE_MS);
  });
  meter.hidden = false;
}
