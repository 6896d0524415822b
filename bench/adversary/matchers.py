"""Plays the human check as a bot with OpenCV would: usual matchers for slider puzzles, and one made for this design.

Usage: matchers.py <folder of rung 1> <folder of rung 2>. Each folder is written by `bench captcha-pictures`. Prints one line a figure and, to standard error, a table of
all matchers with their 95 % intervals. A hit is an answer within 4 pixels in each direction that is asked.
"""

import csv
import math
import sys
from pathlib import Path

import cv2
import numpy as np

TOLERANCE = 4
WIDTH, HEIGHT = 320, 180


class Puzzle:
    """What a bot has: the picture, the piece, its outline, and the row where that is told. And, for scoring alone, the answer."""

    def __init__(self, folder, line):
        sheet = cv2.imread(str(folder / line["file"]))
        x, y = int(line["x"]), int(line["y"])
        self.width, self.height = int(line["width"]), int(line["height"])
        self.picture = sheet[:HEIGHT, :WIDTH]
        self.piece = sheet[y : y + self.height, x : x + self.width]
        self.row = int(line["row"]) if line["row"] else None
        self.mask = outline_mask(line["outline"], self.width, self.height)
        self.answer = (int(line["left"]), int(line["top"]) if line["top"] else self.row)

    def places(self):
        """Top rows to search."""
        return range(HEIGHT - self.height + 1) if self.row is None else range(self.row, self.row + 1)

    def best(self, scores):
        """The place with the highest score; `scores` has one value for every upper left corner."""
        scores = scores.astype(np.float64).copy()
        scores[~np.isfinite(scores)] = -np.inf
        scores[:, : self.width] = -np.inf
        rows = np.array(list(self.places()))
        at = np.unravel_index(np.argmax(scores[rows]), scores[rows].shape)
        return at[1], rows[at[0]]

    def hit(self, place):
        return abs(place[0] - self.answer[0]) <= TOLERANCE and abs(place[1] - self.answer[1]) <= TOLERANCE


def outline_mask(path, width, height):
    """The outline is a box with rounded corners; its first and fourth radius tell all of it."""
    numbers = [float(value) for value in "".join(c if c.isdigit() or c == "." else " " for c in path).split()]
    upper = numbers[0]
    lower = height - numbers[numbers.index(float(width)) + 2] if float(width) in numbers else upper
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    radius = np.where(rows < height / 2, upper, lower)
    right = np.abs(columns - width / 2) - width / 2 + radius
    down = np.abs(rows - height / 2) - height / 2 + radius
    distance = np.hypot(np.maximum(right, 0), np.maximum(down, 0)) + np.minimum(np.maximum(right, down), 0) - radius
    return (distance < 0).astype(np.uint8) * 255


def gray(image):
    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def correlate(picture, template, mask=None, method=cv2.TM_CCOEFF_NORMED):
    return cv2.matchTemplate(picture, template, method, mask=mask)


# The usual ones.


def template_gray(puzzle):
    return puzzle.best(correlate(gray(puzzle.picture), gray(puzzle.piece), puzzle.mask))


def template_colour(puzzle):
    return puzzle.best(correlate(puzzle.picture, puzzle.piece, puzzle.mask))


def edges(puzzle):
    """Canny on both, as nearly every published solver does."""
    return puzzle.best(correlate(cv2.Canny(gray(puzzle.picture), 100, 200), cv2.Canny(gray(puzzle.piece), 100, 200)))


def edges_soft(puzzle):
    blurred = cv2.GaussianBlur(gray(puzzle.picture), (5, 5), 0)
    picture = cv2.GaussianBlur(cv2.Canny(blurred, 40, 120), (5, 5), 0)
    piece = cv2.GaussianBlur(cv2.Canny(cv2.GaussianBlur(gray(puzzle.piece), (5, 5), 0), 40, 120), (5, 5), 0)
    return puzzle.best(correlate(picture, piece))


def outline(puzzle):
    """The outline alone, drawn as an edge and looked for among the picture's edges."""
    drawn = np.zeros((puzzle.height, puzzle.width), np.uint8)
    cv2.drawContours(drawn, cv2.findContours(puzzle.mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], -1, 255, 2)
    return puzzle.best(correlate(cv2.Canny(gray(puzzle.picture), 60, 160), drawn))


def gradient(puzzle):
    def size(image):
        return cv2.magnitude(cv2.Sobel(image, cv2.CV_32F, 1, 0), cv2.Sobel(image, cv2.CV_32F, 0, 1))

    return puzzle.best(correlate(size(gray(puzzle.picture)), size(gray(puzzle.piece))))


def darkest(puzzle):
    """Where a hole differs most from its surroundings."""
    image = gray(puzzle.picture).astype(np.float32)
    inner = puzzle.mask.astype(np.float32) / 255
    inner /= inner.sum()
    around = cv2.boxFilter(image, -1, (puzzle.width * 2, puzzle.height * 2))
    mean = cv2.filter2D(image, -1, inner, anchor=(0, 0))
    rows, columns = HEIGHT - puzzle.height + 1, WIDTH - puzzle.width + 1
    shifted = around[puzzle.height // 2 :, puzzle.width // 2 :][:rows, :columns]
    return puzzle.best(np.abs(shifted - mean[:rows, :columns]))


def ring_points(puzzle, distance, count=96):
    """Points at a distance from the outline (positive outside), with their outward directions."""
    contour = cv2.findContours(puzzle.mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0][:, 0, :].astype(np.float64)
    steps = np.linspace(0, len(contour), count, endpoint=False).astype(int)
    smooth = np.stack([cv2.blur(np.concatenate([contour[-8:, i], contour[:, i], contour[:8, i]])[None], (9, 1))[0][8:-8] for i in (0, 1)], 1)
    tangent = np.roll(smooth, -3, 0) - np.roll(smooth, 3, 0)
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], 1) / (np.linalg.norm(tangent, axis=1)[:, None] + 1e-9)
    centre = contour.mean(0)
    normal *= np.sign(((contour - centre) * normal).sum(1))[:, None]
    return (smooth + normal * distance)[steps], normal[steps]


def sample(image, points):
    return cv2.remap(image, points[:, 0].astype(np.float32)[None], points[:, 1].astype(np.float32)[None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]


def seam_with(puzzle, judge, outside=1.5, places=None):
    """Compares the piece's last pixels with the picture's first pixels around every place."""
    inner, _ = ring_points(puzzle, -2.0)
    outer, _ = ring_points(puzzle, outside)
    piece = sample(puzzle.piece.astype(np.float32), inner)
    scores = np.full((HEIGHT - puzzle.height + 1, WIDTH - puzzle.width + 1), -np.inf)
    picture = puzzle.picture.astype(np.float32)
    for top in puzzle.places() if places is None else {top for _, top in places}:
        lefts = range(puzzle.width, scores.shape[1]) if places is None else [left for left, row in places if row == top]
        for left in lefts:
            scores[top, left] = judge(piece, sample(picture, outer + (left, top)))
    return puzzle.best(scores)


def difference(piece, picture):
    return -np.abs(piece - picture).mean()


def correlation(piece, picture):
    a, b = piece.mean(1), picture.mean(1)
    a, b = a - a.mean(), b - b.mean()
    return (a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-6)


def coarse(puzzle):
    """For rung 2 a seam is compared at every second pixel, which the tolerance forgives."""
    if puzzle.row is not None:
        return None
    return [(left, top) for top in range(0, HEIGHT - puzzle.height + 1, 3) for left in range(puzzle.width, WIDTH - puzzle.width + 1, 3)]


def seam_difference(puzzle):
    return seam_with(puzzle, difference, places=coarse(puzzle))


def seam_correlation(puzzle):
    return seam_with(puzzle, correlation, places=coarse(puzzle))


def seam_wide(puzzle):
    return seam_with(puzzle, correlation, outside=6.0, places=coarse(puzzle))


OFF_THE_SHELF = [template_gray, template_colour, edges, edges_soft, outline, gradient, darkest, seam_difference, seam_correlation, seam_wide]


# The one made for this design: finds the gaps by their fill, then asks at which of them the bands go on.


def gaps(puzzle):
    """The places most like a gap, as many as there are: the fill's colour, in the outline's shape."""
    lab = cv2.cvtColor(puzzle.picture, cv2.COLOR_BGR2LAB).astype(np.float32)
    warm = lab[:, :, 2] - 128 + (lab[:, :, 1] - 128)
    shape = puzzle.mask.astype(np.float32) / 127.5 - 1
    scores = cv2.matchTemplate(warm, shape, cv2.TM_CCORR)
    if puzzle.row is not None:
        only = np.full_like(scores, -np.inf)
        only[puzzle.row] = scores[puzzle.row]
        scores = only
    found = []
    for _ in range(4 if puzzle.row is not None else 9):
        top, left = np.unravel_index(np.argmax(scores), scores.shape)
        found.append((left, top))
        scores[max(0, top - puzzle.height // 2) : top + puzzle.height // 2, max(0, left - puzzle.width // 2) : left + puzzle.width // 2] = -np.inf
    return found


def edge_field(image):
    """Band edges whatever their colours: strength in any channel, and the direction as a doubled angle, which forgets the sign."""
    smooth = cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.float32)
    dx, dy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    xx, yy, xy = (dx * dx).sum(2), (dy * dy).sum(2), (dx * dy).sum(2)
    strength = np.sqrt(xx + yy)
    return np.minimum(strength / 150, 1), xx - yy, 2 * xy


def direction(field, points):
    """Along the edge, not across it."""
    return np.arctan2(sample(field[2], points), sample(field[1], points)) / 2 + math.pi / 2


def course(puzzle):
    """Follows each band edge from the piece's rim across the soft rim and asks whether an edge of that direction goes on there, and back again."""
    inner, normal = ring_points(puzzle, -3.0)
    outer, _ = ring_points(puzzle, 5.0)
    piece_field, picture_field = edge_field(puzzle.piece), edge_field(puzzle.picture)

    def crossing(start_field, start, away, end_field, end_shift, reach):
        strength = sample(start_field[0], start)
        angle = direction(start_field, start)
        along = np.stack([np.cos(angle), np.sin(angle)], 1)
        along *= np.sign((along * away).sum(1))[:, None]
        slant = (along * away).sum(1)
        weights = strength * (slant > 0.35)
        points = (start + along * (reach / np.maximum(slant, 0.35))[:, None] + end_shift).astype(np.float32)
        there = sample(end_field[0], points)
        agree = np.cos(2 * (direction(end_field, points) - angle))
        return (weights * (there * agree - 0.5)).sum() / (weights.sum() + 3)

    scores = []
    for place in gaps(puzzle):
        out = np.mean([crossing(piece_field, inner, normal, picture_field, place, reach) for reach in (7.0, 8.0, 9.5)])
        back = np.mean([crossing(picture_field, outer + place, -normal, piece_field, (-place[0], -place[1]), reach) for reach in (7.0, 8.0, 9.5)])
        scores.append(out + back)
    return np.array(scores)


def profile(puzzle):
    """Compares where around the outline something changes, in the piece and outside the soft rim, with some give."""
    inner, _ = ring_points(puzzle, -2.0)
    outer, _ = ring_points(puzzle, 4.5)

    def changes(values):
        change = np.abs(np.roll(values, -2, 0) - np.roll(values, 2, 0)).sum(1)
        kernel = np.exp(-(np.linspace(-2, 2, 9) ** 2))
        change = np.minimum(np.convolve(np.concatenate([change[-4:], change, change[:4]]), kernel, "valid"), 400)
        return (change - change.mean()) / (change.std() + 1e-6)

    piece = changes(sample(puzzle.piece.astype(np.float32), inner))
    picture = puzzle.picture.astype(np.float32)
    scores = []
    for place in gaps(puzzle):
        around = changes(sample(picture, outer + place))
        scores.append(max((piece * np.roll(around, shift)).mean() - 0.02 * abs(shift) for shift in (-2, -1, 0, 1, 2)))
    return np.array(scores)


def paint(puzzle):
    """Asks whether each tone of the piece meets one tone of the picture all along, since the piece is painted over as a whole."""
    inner, _ = ring_points(puzzle, -2.5, 72)
    outer, _ = ring_points(puzzle, 4.5, 72)
    piece = sample(puzzle.piece.astype(np.float32), inner)
    picture = puzzle.picture.astype(np.float32)
    scores = []
    for place in gaps(puzzle):
        around = sample(picture, outer + place)
        a = np.linalg.norm(piece[:, None] - piece[None], axis=2).ravel() > 45
        b = np.linalg.norm(around[:, None] - around[None], axis=2).ravel() > 45
        scores.append(np.corrcoef(a, b)[0, 1] if a.std() and b.std() else 0.0)
    return np.array(scores)


def pick(*cues):
    """A matcher that adds the cues up, each by how far a gap stands out in it."""

    def matcher(puzzle):
        total = 0
        for cue in cues:
            scores = cue(puzzle)
            total = total + (scores - scores.mean()) / (scores.std() + 1e-6)
        return gaps(puzzle)[int(np.argmax(total))]

    matcher.__name__ = "tailored_" + "_".join(cue.__name__ for cue in cues)
    return matcher


TAILORED = [pick(course), pick(profile), pick(paint), pick(course, paint), pick(course, profile, paint)]


def guess_a_gap(puzzle):
    """Finds the gaps and takes the first: the floor that no picture can go under."""
    return gaps(puzzle)[0]


def interval(hits, tries):
    """Wilson, 95 %."""
    z, part = 1.96, hits / tries
    middle = (part + z * z / (2 * tries)) / (1 + z * z / tries)
    half = z * math.sqrt(part * (1 - part) / tries + z * z / (4 * tries * tries)) / (1 + z * z / tries)
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def play(folder):
    lines = list(csv.DictReader(open(folder / "answers.csv")))
    puzzles = [Puzzle(folder, line) for line in lines]
    shares = {}
    for matcher in [*OFF_THE_SHELF, *TAILORED, guess_a_gap]:
        clock = cv2.getTickCount()
        hits = sum(puzzle.hit(matcher(puzzle)) for puzzle in puzzles)
        spent = (cv2.getTickCount() - clock) / cv2.getTickFrequency() / len(puzzles) * 1000
        low, high = interval(hits, len(puzzles))
        shares[matcher.__name__] = 100 * hits / len(puzzles)
        print(f"{folder.name:>6} {matcher.__name__:<20} {100 * hits / len(puzzles):5.1f} %  [{low:4.1f}, {high:4.1f}]  {spent:6.1f} ms", file=sys.stderr)
    best = max(shares[matcher.__name__] for matcher in OFF_THE_SHELF)
    tailored = max(shares[matcher.__name__] for matcher in TAILORED)
    return len(puzzles), best, tailored


def main():
    cv2.setNumThreads(1)
    for rung, folder in zip((1, 2), sys.argv[1:3]):
        tries, best, tailored = play(Path(folder))
        name = "captcha_matcher_best_pct" if rung == 1 else "captcha_matcher_best_rung2_pct"
        print(f"figure {name} {best:.1f} %")
        print(f"figure captcha_matcher_tailored_rung{rung}_pct {tailored:.1f} %")
        print(f"figure captcha_matcher_challenges_rung{rung} {tries} challenges")


if __name__ == "__main__":
    main()
