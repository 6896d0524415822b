// Finds where the piece fits by looking at the picture, as a person would: the bands inside the piece must go on where they leave its outline.
// Knows nothing but the answer to GET /human-check: the JPEG and the headers that say where the piece stands in it and how it is cut.

/**
 * The left edge of the gap that fits. Runs in any page with a canvas.
 * @param {{jpeg: string, piece: {x: number, y: number, width: number, height: number, row: number}, outline: string}} challenge the JPEG as base64
 */
export async function findGap({ jpeg, piece, outline }) {
  const bytes = Uint8Array.from(atob(jpeg), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
  const [width, height] = [bitmap.width, bitmap.height];
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const shape = new Path2D(outline);
  const isInside = (x, y) => context.isPointInPath(shape, x, y);

  // How much of a place is sand: nothing in the picture but a gap is redder than blue.
  const sand = (left) => {
    let [sandy, seen] = [0, 0];
    for (let y = 1; y < piece.height; y += 2) {
      for (let x = 1; x < piece.width; x += 2) {
        if (!isInside(x, y)) continue;
        seen++;
        const at = ((piece.row + y) * width + left + x) * 4;
        if (data[at] - data[at + 2] > 8) sandy++;
      }
    }
    return sandy / seen;
  };
  const places = [];
  for (let left = 40; left <= 320 - piece.width; left++) places.push({ left, sand: sand(left) });
  const gaps = [];
  while (gaps.length < 4) {
    const free = places.filter(({ left }) => gaps.every((gap) => Math.abs(gap - left) > piece.width / 2));
    const most = Math.max(...free.map((place) => place.sand));
    const as = free.filter((place) => place.sand > most - 0.005);
    const near = as.filter(({ left }) => left - as[0].left < 10);
    gaps.push(near[Math.floor(near.length / 2)].left);
  }

  const field = edgeField(data, width, height);
  const rim = rimOf(piece, isInside);
  const onSheet = { piece: [piece.x, piece.y], gap: (left) => [left, piece.row] };
  const fit = (left) => {
    let sum = 0;
    for (const reach of [7, 8, 9.5]) {
      sum += goesOn(field, rim, -3, 1, reach, onSheet.piece, onSheet.gap(left));
      sum += goesOn(field, rim, 5, -1, reach, onSheet.gap(left), onSheet.piece);
    }
    return sum;
  };
  return gaps.reduce((best, left) => (fit(left) > fit(best) ? left : best));
}

/** Points on the outline with outward normals, evenly by angle. */
function rimOf(piece, isInside) {
  const points = [];
  const middle = [piece.width / 2, piece.height / 2];
  for (let ray = 0; ray < 128; ray++) {
    const angle = (ray / 128) * 2 * Math.PI;
    const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
    let reach = 0;
    while (reach < 60 && isInside(middle[0] + dx * (reach + 0.25), middle[1] + dy * (reach + 0.25))) reach += 0.25;
    points.push([middle[0] + dx * reach, middle[1] + dy * reach]);
  }
  return points.map(([x, y], at) => {
    const [x1, y1] = points[(at + 126) % 128];
    const [x2, y2] = points[(at + 2) % 128];
    const size = Math.hypot(x2 - x1, y2 - y1);
    return { x, y, nx: (y2 - y1) / size, ny: (x1 - x2) / size };
  });
}

/** Strength and direction of edges whatever their colours: the structure tensor of the slightly blurred picture. */
function edgeField(data, width, height) {
  const blurred = new Float32Array(width * height * 3);
  const row = new Float32Array(width * height * 3);
  const weights = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16];
  const within = (value, most) => Math.max(0, Math.min(most, value));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++)
        for (let k = -2; k <= 2; k++) row[(y * width + x) * 3 + c] += weights[k + 2] * data[(y * width + within(x + k, width - 1)) * 4 + c];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++)
        for (let k = -2; k <= 2; k++) blurred[(y * width + x) * 3 + c] += weights[k + 2] * row[(within(y + k, height - 1) * width + x) * 3 + c];
  const at = (x, y) => {
    x = within(Math.round(x), width - 2) || 1;
    y = within(Math.round(y), height - 2) || 1;
    let [xx, yy, xy] = [0, 0, 0];
    for (let c = 0; c < 3; c++) {
      const value = (i, j) => blurred[((y + j) * width + x + i) * 3 + c];
      const dx = value(1, -1) + 2 * value(1, 0) + value(1, 1) - value(-1, -1) - 2 * value(-1, 0) - value(-1, 1);
      const dy = value(-1, 1) + 2 * value(0, 1) + value(1, 1) - value(-1, -1) - 2 * value(0, -1) - value(1, -1);
      xx += dx * dx;
      yy += dy * dy;
      xy += dx * dy;
    }
    return { strength: Math.min(1, Math.sqrt(xx + yy) / 150), angle: Math.atan2(2 * xy, xx - yy) / 2 + Math.PI / 2 };
  };
  return at;
}

/** How well the edges that cross the outline on one side (`from`, at `depth` from the outline) go on over the soft rim on the other (`to`). */
function goesOn(field, rim, depth, side, reach, from, to) {
  let [sum, weight] = [0, 3];
  for (const { x, y, nx, ny } of rim) {
    const [sx, sy] = [x + nx * depth, y + ny * depth];
    const start = field(from[0] + sx, from[1] + sy);
    let [dx, dy] = [Math.cos(start.angle), Math.sin(start.angle)];
    let slant = (dx * nx + dy * ny) * side;
    if (slant < 0) [dx, dy, slant] = [-dx, -dy, -slant];
    if (slant <= 0.35) continue;
    const end = field(to[0] + sx + (dx * reach) / slant, to[1] + sy + (dy * reach) / slant);
    sum += start.strength * (end.strength * Math.cos(2 * (end.angle - start.angle)) - 0.5);
    weight += start.strength;
  }
  return sum / weight;
}
