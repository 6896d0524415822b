// The human check of a form: fetches a challenge, lets the person place the piece (or lets the browser prove itself instead), and fills the four
// hidden fields. It adds to a form that works without script; every sentence comes from the page.

const PICTURE_WIDTH = 320;
const PICTURE_HEIGHT = 180;
const SHARPNESS = 2;
/** Renewed this long before the server would refuse it. */
const MARGIN_MS = 15_000;

class HumanCheck {
  constructor(root) {
    this.root = root;
    this.form = root.closest("form");
    this.texts = root.dataset;
    this.part = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    this.field = (name) => this.part[`field-${name}`];
    this.way = "picture";
    this.load = 0;
    this.workers = [];
    this.touched = false;
    this.part.body.hidden = false;
    // Without script the fields are not sent at all, which tells the server that no check was possible.
    for (const name of ["token", "answer", "work", "proof"]) this.field(name).disabled = false;
    this.listen();
    this.begin();
  }

  listen() {
    for (const axis of ["across", "down"]) {
      this.part[axis].addEventListener("input", () => this.place());
      for (const [part, step] of [["less", -1], ["more", 1]]) {
        this.part[`${axis}-${part}`].addEventListener("click", () => this.step(axis, step));
      }
    }
    this.part.other.addEventListener("click", () => this.change());
    this.part.renew.addEventListener("click", () => this.begin());
    const picture = this.part.picture;
    picture.addEventListener("pointerdown", (event) => {
      if (!this.challenge?.piece || event.button > 0) return;
      picture.setPointerCapture(event.pointerId);
      this.point(event);
    });
    picture.addEventListener("pointermove", (event) => {
      if (picture.hasPointerCapture(event.pointerId)) this.point(event);
    });
    this.form.addEventListener("submit", (event) => this.submit(event));
    // A challenge that ran out while nobody was here is replaced when somebody comes back, not every two minutes for ever.
    for (const sign of ["focusin", "input", "pointerdown"]) {
      this.form.addEventListener(sign, () => {
        this.seen = true;
        if (this.stale() && this.way === "picture") this.begin("renewed");
      });
    }
    addEventListener("pageshow", (event) => event.persisted && this.begin());
  }

  /** Fetches a challenge and starts its proofs. `why` names a sentence to say once it is there. */
  async begin(why) {
    const load = ++this.load;
    this.stop();
    clearTimeout(this.timer);
    this.challenge = null;
    this.say(why ?? "loading");
    this.part.failed.hidden = true;
    const challenge = await this.fetch().catch(() => null);
    if (load !== this.load) return;
    if (!challenge) {
      this.say("failed");
      for (const part of ["failed", "actions", "renew"]) this.part[part].hidden = false;
      this.sending = null;
      return;
    }
    this.challenge = challenge;
    this.seen = false;
    this.touched = false;
    for (const name of ["answer", "work", "proof"]) this.field(name).value = "";
    this.field("token").value = challenge.token;
    this.ready = Promise.all([this.work(challenge), this.prove(challenge)]);
    this.ready.then(
      () => load === this.load && this.proved(),
      () => load === this.load && this.say("failed"),
    );
    this.timer = setTimeout(() => this.expire(), challenge.validMs - MARGIN_MS);
    this.show();
    if (!why) this.say(challenge.piece ? "" : challenge.memory ? "working" : "quiet");
  }

  async fetch() {
    const query = new URLSearchParams({ purpose: this.texts.purpose, way: this.way });
    const asked = performance.now();
    const answer = await fetch(`/human-check?${query}`, { cache: "no-store", credentials: "same-origin" });
    if (!answer.ok) throw new Error(`human check: ${answer.status}`);
    const header = (name) => answer.headers.get(`human-check-${name}`);
    const pairs = (name) =>
      header(name) && Object.fromEntries(header(name).split(" ").map((pair) => pair.split("=")).map(([key, value]) => [key, Number(value)]));
    const piece = pairs("piece");
    const picture = piece && (await createImageBitmap(await answer.blob()));
    const token = header("token");
    if (!token) throw new Error("human check: no token");
    return {
      token,
      asked,
      rung: Number(header("rung")),
      validMs: Number(header("valid")) * 1000,
      work: pairs("work"),
      memory: pairs("memory"),
      piece,
      picture,
      outline: piece && new Path2D(header("outline")),
    };
  }

  stale() {
    const challenge = this.challenge;
    return Boolean(challenge) && performance.now() - challenge.asked > challenge.validMs - MARGIN_MS;
  }

  /** Time is nearly over: replaced at once if somebody is at the form, later otherwise. */
  expire() {
    if (this.seen && !document.hidden && this.way === "picture" && !this.sending) this.begin("renewed");
  }

  // The proofs

  async work(challenge) {
    const { counters } = await this.run("human-check-work.js", { token: challenge.token, ...challenge.work });
    if (challenge === this.challenge) this.field("work").value = counters;
  }

  async prove(challenge) {
    if (!challenge.memory) return;
    const progress = (part) => challenge === this.challenge && this.progress(part);
    const { counters } = await this.run("human-check-memory-hard.js", { token: challenge.token, ...challenge.memory }, progress);
    if (challenge === this.challenge) this.field("proof").value = counters;
  }

  run(file, task, progress) {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL(file, import.meta.url));
      this.workers.push(worker);
      worker.onmessage = ({ data }) => {
        if ("progress" in data) return progress?.(data.progress);
        worker.terminate();
        "counters" in data ? resolve(data) : reject(new Error(data.error));
      };
      worker.onerror = () => reject(new Error(`${file} did not run`));
      worker.postMessage(task);
    });
  }

  stop() {
    for (const worker of this.workers) worker.terminate();
    this.workers = [];
  }

  progress(part) {
    if (this.way !== "without-puzzle") return;
    this.part.progress.value = part;
    // Said at each quarter, so that a screen reader is informed and not flooded.
    const quarter = Math.floor(part * 4) * 25;
    if (quarter > this.said && quarter < 100) this.say("working", quarter);
    this.said = Math.max(this.said, quarter);
  }

  proved() {
    if (this.way === "without-puzzle") {
      this.part.progress.value = 1;
      this.part.progress.hidden = true;
      this.say("done");
    }
    this.send();
  }

  // What is seen

  show() {
    const { piece, rung, memory } = this.challenge;
    const harder = Boolean(piece) && rung > 1;
    this.part.puzzle.hidden = !piece;
    this.part.actions.hidden = !piece && this.way === "picture";
    this.part.renew.hidden = !piece;
    this.part.slides.classList.toggle("harder", harder);
    this.part["across-row"].hidden = !piece;
    this.part["down-row"].hidden = !harder;
    this.part.how.textContent = harder ? this.texts.howHarder : this.texts.how;
    this.part.other.textContent = this.way === "picture" ? this.texts.other : this.texts.back;
    this.part.progress.hidden = !(memory && this.way === "without-puzzle");
    this.part.progress.value = 0;
    this.said = 0;
    if (!piece) return;
    this.part.across.max = PICTURE_WIDTH - piece.width;
    this.part.across.value = 0;
    this.part.down.max = PICTURE_HEIGHT - piece.height;
    this.part.down.value = harder ? Math.round((PICTURE_HEIGHT - piece.height) / 2) : piece.row;
    this.part.picture.classList.toggle("free", harder);
    this.position();
  }

  step(axis, step) {
    this.part[axis].value = Number(this.part[axis].value) + step;
    this.place();
  }

  point(event) {
    const { piece, rung } = this.challenge;
    const box = this.part.picture.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * PICTURE_WIDTH - piece.width / 2;
    const y = ((event.clientY - box.top) / box.height) * PICTURE_HEIGHT - piece.height / 2;
    this.part.across.value = Math.round(x);
    if (rung > 1) this.part.down.value = Math.round(y);
    this.place();
  }

  place() {
    if (!this.challenge?.piece) return;
    this.touched = true;
    this.part.across.removeAttribute("aria-invalid");
    const { across, down } = this.part;
    this.field("answer").value = this.challenge.rung > 1 ? `${across.value},${down.value}` : across.value;
    this.position();
  }

  /** The value text says where the piece is, never how near it is. */
  position() {
    const { across, down } = this.part;
    across.setAttribute("aria-valuetext", this.texts.fromLeft.replace("%1", across.value));
    down.setAttribute("aria-valuetext", this.texts.fromTop.replace("%1", down.value));
    this.drawn ??= requestAnimationFrame(() => {
      this.drawn = null;
      this.draw();
    });
  }

  draw() {
    const { picture, piece, outline } = this.challenge ?? {};
    if (!piece) return;
    const canvas = this.part.picture;
    canvas.width = PICTURE_WIDTH * SHARPNESS;
    canvas.height = PICTURE_HEIGHT * SHARPNESS;
    const context = canvas.getContext("2d");
    context.scale(SHARPNESS, SHARPNESS);
    context.drawImage(picture, 0, 0, PICTURE_WIDTH, PICTURE_HEIGHT, 0, 0, PICTURE_WIDTH, PICTURE_HEIGHT);
    context.translate(Number(this.part.across.value), Number(this.part.down.value));
    context.save();
    context.shadowColor = "rgb(20 30 40 / 55%)";
    context.shadowBlur = 8 * SHARPNESS;
    context.shadowOffsetY = 2 * SHARPNESS;
    context.fill(outline);
    context.restore();
    context.save();
    context.clip(outline);
    context.drawImage(picture, piece.x, piece.y, piece.width, piece.height, 0, 0, piece.width, piece.height);
    context.restore();
    context.lineWidth = 1.5;
    context.strokeStyle = "#fffdf8";
    context.stroke(outline);
  }

  change() {
    this.way = this.way === "picture" ? "without-puzzle" : "picture";
    this.begin();
  }

  say(name, value) {
    const text = name ? this.texts[`say${name[0].toUpperCase()}${name.slice(1)}`] : "";
    this.part.status.textContent = text.replace("%1", value ?? 0);
  }

  // Sending

  /** The answer is given where one is asked, and the proofs are there. */
  complete() {
    const challenge = this.challenge;
    return (
      Boolean(challenge) &&
      !this.stale() &&
      (!challenge.piece || this.touched) &&
      this.field("work").value !== "" &&
      (!challenge.memory || this.field("proof").value !== "")
    );
  }

  /** Holds the form back until nothing is missing, then sends it as it was. */
  submit(event) {
    if (this.complete()) return;
    event.preventDefault();
    const challenge = this.challenge;
    if (challenge?.piece && !this.touched) {
      this.say("moveFirst");
      this.part.across.setAttribute("aria-invalid", "true");
      this.part.across.focus();
    } else if (challenge?.piece && this.stale()) {
      this.begin("renewed");
    } else {
      this.sending = event.submitter ?? this.form;
      if (!challenge || this.stale()) this.begin();
      this.say("moment");
    }
  }

  /** Sends a form that waits, once nothing is missing. */
  send() {
    if (!this.sending) return;
    const submitter = this.sending === this.form ? undefined : this.sending;
    this.sending = null;
    if (this.complete()) this.form.requestSubmit(submitter);
    else if (this.challenge?.piece) this.say("moveFirst");
  }
}

for (const root of document.querySelectorAll("[data-human-check]")) new HumanCheck(root);
