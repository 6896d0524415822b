// Finds where the piece fits by looking at the picture, as a person would: the bands inside the piece must go on where they leave its outline.
// Knows nothing but the answer to GET /human-check: the JPEG and the header that says where the piece stands in it.

/**
 * The left edge of the gap that fits. Runs in any page with a canvas.
 * @param {{jpeg: string, piece: {x: number, y: number, width: number, height: number, row: number}, outline: string}} challenge the JPEG as base64
 */
export async function findGap({ jpeg, piece, outline }) {
  const bytes = Uint8Array.from(atob(jpeg), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data, width: across } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const luma = (x, y) => {
    const at = (Math.round(y) * across + Math.round(x)) * 4;
    return 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  };

  // Points along the outline with their outward normals, from the shape of the piece itself.
  const shape = new Path2D(outline);
  const isInside = (x, y) => context.isPointInPath(shape, x, y);
  const middle = { x: piece.width / 2, y: piece.height / 2 };
  const rim = [];
  const rays = 240;
  for (let ray = 0; ray < rays; ray++) {
    const angle = (ray / rays) * 2 * Math.PI;
    const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
    let reach = 0;
    while (isInside(middle.x + dx * (reach + 0.5), middle.y + dy * (reach + 0.5)) && reach < 80) reach += 0.5;
    rim.push({ x: middle.x + dx * reach, y: middle.y + dy * reach, dx, dy });
  }

  // How much of a place is sand: nothing in the picture but a gap is redder than blue.
  const emptiness = (left) => {
    let sand = 0;
    let seen = 0;
    for (let y = 3; y < piece.height - 3; y += 2) {
      for (let x = 3; x < piece.width - 3; x += 2) {
        if (!isInside(x, y)) continue;
        seen++;
        const at = (Math.round(piece.row + y) * across + Math.round(left + x)) * 4;
        if (data[at] - data[at + 2] > 8) sand++;
      }
    }
    return sand / seen;
  };
  const lefts = [];
  for (let left = 50; left <= 320 - piece.width; left++) lefts.push({ left, empty: emptiness(left) });
  // The middle of each run of lefts that are as empty as it gets nearby.
  const gaps = [];
  const rest = [...lefts];
  while (gaps.length < 4 && rest.length) {
    const best = Math.max(...rest.map((candidate) => candidate.empty));
    if (best < 0.6) break;
    const run = rest.filter((candidate) => candidate.empty > best - 0.02);
    const first = run[0].left;
    const near = run.filter((candidate) => candidate.left - first < 20);
    const left = Math.round(near.reduce((sum, candidate) => sum + candidate.left, 0) / near.length);
    gaps.push(left);
    for (let at = rest.length - 1; at >= 0; at--) if (Math.abs(rest[at].left - left) < piece.width) rest.splice(at, 1);
  }

  // Where the tone changes along the rim, just inside the piece and just outside the gap, must be the same places.
  const profile = (tone) => {
    const values = rim.map(tone);
    const smooth = values.map((_, at) => {
      let sum = 0;
      for (let step = -1; step <= 1; step++) sum += values[(at + step + rays) % rays];
      return sum / 3;
    });
    const change = smooth.map((value, at) => Math.abs(smooth[(at + 2) % rays] - smooth[(at - 2 + rays) % rays]));
    const blurred = change.map((_, at) => {
      let sum = 0;
      for (let step = -4; step <= 4; step++) sum += change[(at + step + rays) % rays] * (5 - Math.abs(step));
      return Math.sqrt(sum);
    });
    const mean = blurred.reduce((sum, value) => sum + value, 0) / rays;
    return blurred.map((value) => value - mean);
  };
  const likeness = (one, other) => {
    let [both, first, second] = [0, 1e-9, 1e-9];
    one.forEach((value, at) => {
      both += value * other[at];
      first += value * value;
      second += other[at] * other[at];
    });
    return both / Math.sqrt(first * second);
  };
  const insides = [1.5, 3].map((depth) =>
    profile((point) => luma(piece.x + point.x - point.dx * depth, piece.y + point.y - point.dy * depth)),
  );
  const clamp = (value, most) => Math.max(0, Math.min(most, value));
  const fits = gaps.map((left) => {
    const outsides = [4.5, 6, 7.5].map((depth) =>
      profile((point) => luma(clamp(left + point.x + point.dx * depth, 319), clamp(piece.row + point.y + point.dy * depth, 179))),
    );
    return { left, fit: Math.max(...insides.flatMap((inside) => outsides.map((outside) => likeness(inside, outside)))) };
  });
  fits.sort((one, other) => other.fit - one.fit);
  return fits[0]?.left ?? null;
}
