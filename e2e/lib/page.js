// Small words about pages.

/** The page's path, without its query. */
export const at = (page) => new URL(page.url()).pathname;

/** Asks again and again until there is an answer; never waits for a fixed time. */
export async function until(what, ask, patienceMs = 30_000) {
  const ends = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > ends) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
