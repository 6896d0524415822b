//! The course of the bands around places: which place's piece can be told from all others, so that a person sees one gap that fits and no second.

use super::{
    PICTURE_HEIGHT, PICTURE_WIDTH, field::Field, palette::Contours, plane::Place, silhouette::Silhouette,
};

/// Directions in which the outline is looked at.
const DIRECTIONS: usize = 64;
/// Steps along the outline, of `DIRECTIONS`, by which two band edges may miss each other and still look like one.
const GIVE: usize = 2;
/// How far inside the outline a piece is looked at, and how far outside, where the rim is nearly over.
const INSIDE: f32 = -2.0;
const OUTSIDE: f32 = 2.5;

/// Which steps around the outline have a band edge, as bits.
type Edges = u64;

/// The two rings of an outline: its piece's last pixels, and the first ones that are seen around a gap.
pub(crate) struct Rings {
    inside: Vec<(f32, f32)>,
    outside: Vec<(f32, f32)>,
}

/// What tells the piece of one place from the other places.
pub(crate) struct Fit {
    /// Band edges that the piece has on its rim.
    pub(crate) edges: u32,
    /// Band edges that would not meet at the most similar other place.
    pub(crate) mismatches: u32,
}

impl Rings {
    pub(crate) fn of(silhouette: &Silhouette) -> Self {
        let ring = |distance| {
            (0..DIRECTIONS)
                .map(|index| {
                    silhouette.point(index as f32 / DIRECTIONS as f32 * std::f32::consts::TAU, distance)
                })
                .collect()
        };
        Self { inside: ring(INSIDE), outside: ring(OUTSIDE) }
    }

    /// For each place: how its own piece differs from all others.
    pub(crate) fn fits(&self, field: &Field, contours: &Contours, places: &[Place]) -> Vec<Fit> {
        let pieces: Vec<Edges> =
            places.iter().map(|place| edges(&self.inside, field, contours, *place)).collect();
        let gaps: Vec<Edges> =
            places.iter().map(|place| edges(&self.outside, field, contours, *place)).collect();
        let fit = |(index, piece): (usize, &Edges)| {
            let others = gaps.iter().enumerate().filter(|(other, _)| *other != index);
            let mismatches = others.map(|(_, gap)| mismatches(*piece, *gap)).min().unwrap_or(0);
            Fit { edges: piece.count_ones(), mismatches }
        };
        pieces.iter().enumerate().map(fit).collect()
    }
}

fn edges(ring: &[(f32, f32)], field: &Field, contours: &Contours, (left, top): Place) -> Edges {
    let band = |(x, y): &(f32, f32)| {
        let column = (left as i32 + *x as i32).clamp(0, i32::from(PICTURE_WIDTH) - 1) as usize;
        let row = (top as i32 + *y as i32).clamp(0, i32::from(PICTURE_HEIGHT) - 1) as usize;
        contours.band(field.heights[row * usize::from(PICTURE_WIDTH) + column])
    };
    let bands: Vec<u8> = ring.iter().map(band).collect();
    (0..DIRECTIONS)
        .filter(|step| bands[*step] != bands[(step + 1) % DIRECTIONS])
        .fold(0, |edges, step| edges | 1 << step)
}

/// Edges of either that have none near them in the other.
fn mismatches(piece: Edges, gap: Edges) -> u32 {
    let widen = |edges: Edges| {
        (1..=GIVE as u32).fold(edges, |wide, step| wide | edges.rotate_left(step) | edges.rotate_right(step))
    };
    (piece & !widen(gap)).count_ones() + (gap & !widen(piece)).count_ones()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_within_reach_of_each_other_match_and_others_do_not() {
        assert_eq!(mismatches(0b100, 0b1), 0);
        assert_eq!(mismatches(0b1000, 0b1), 2);
        assert_eq!(mismatches(1 << 63, 1), 0, "the ring closes");
        assert_eq!(mismatches(0, 0b1_0000_0001), 2);
    }
}
