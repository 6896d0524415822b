//! The outline that all gaps and the piece share: a box whose upper and lower corners are rounded differently, which makes arches, doors and discs.

use std::ops::RangeInclusive;

use rand_chacha::ChaCha20Rng;

use super::plane::Chance;

/// Pixels around a gap over which the picture comes back.
pub(crate) const RIM: usize = 3;

/// An outline laid on pixels, with a rim of [`RIM`] on every side.
pub(crate) struct Stencil {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Pixels from the outline, negative inside.
    pub(crate) distance: Vec<f32>,
    /// How much of a gap's fill covers each pixel, of 256.
    pub(crate) cover: Vec<u16>,
}

/// Outline of a box in pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Silhouette {
    pub(crate) width: u16,
    pub(crate) height: u16,
    upper_radius: f32,
    lower_radius: f32,
}

impl Silhouette {
    /// One of the outlines, in a size from these.
    pub(crate) fn draw(
        random: &mut ChaCha20Rng,
        widths: RangeInclusive<i32>,
        heights: RangeInclusive<i32>,
    ) -> Self {
        let width = random.between(*widths.start(), *widths.end()) as u16;
        let height = random.between(*heights.start(), *heights.end()) as u16;
        let half = f32::from(width.min(height)) / 2.0;
        let soft = 6.0 + 6.0 * random.unit();
        let (upper_radius, lower_radius, height) = match random.below(4) {
            0 => (half, soft, height),
            1 => (soft, half, height),
            2 => (half, half, width.min(height)),
            _ => (soft + 4.0, soft + 4.0, height),
        };
        Self { width, height, upper_radius, lower_radius }
    }

    /// Signed distance in pixels from the outline, negative inside; (0, 0) is the upper left corner of the box.
    fn distance(&self, x: f32, y: f32) -> f32 {
        let (half_width, half_height) = (f32::from(self.width) / 2.0, f32::from(self.height) / 2.0);
        let radius = if y < half_height { self.upper_radius } else { self.lower_radius };
        let right = (x - half_width).abs() - half_width + radius;
        let down = (y - half_height).abs() - half_height + radius;
        (right.max(0.0).powi(2) + down.max(0.0).powi(2)).sqrt() + right.max(down).min(0.0) - radius
    }

    /// The point at `distance` from the outline (positive outside) in a direction from the middle.
    pub(crate) fn point(&self, angle: f32, distance: f32) -> (f32, f32) {
        let (sin, cos) = angle.sin_cos();
        let (middle_x, middle_y) = (f32::from(self.width) / 2.0, f32::from(self.height) / 2.0);
        let (mut near, mut far) = (0.0, 64.0);
        for _ in 0..8 {
            let between = (near + far) / 2.0;
            if self.distance(middle_x + cos * between, middle_y + sin * between) < distance {
                near = between;
            } else {
                far = between;
            }
        }
        (middle_x + cos * near, middle_y + sin * near)
    }

    /// The outline on pixels.
    pub(crate) fn stencil(&self) -> Stencil {
        let (width, height) = (usize::from(self.width) + 2 * RIM, usize::from(self.height) + 2 * RIM);
        let middle = |index: usize| index as f32 + 0.5 - RIM as f32;
        let distance: Vec<f32> = (0..width * height)
            .map(|index| self.distance(middle(index % width), middle(index / width)))
            .collect();
        let cover = distance
            .iter()
            .map(|distance| {
                let part = (1.0 - distance / RIM as f32).clamp(0.0, 1.0);
                (part * part * (3.0 - 2.0 * part) * 256.0) as u16
            })
            .collect();
        Stencil { width, height, distance, cover }
    }

    /// The same as an SVG path.
    pub(crate) fn path(&self) -> String {
        let (w, h) = (f32::from(self.width), f32::from(self.height));
        let (u, l) = (self.upper_radius, self.lower_radius);
        format!(
            "M{u:.1} 0H{:.1}A{u:.1} {u:.1} 0 0 1 {w} {u:.1}V{:.1}A{l:.1} {l:.1} 0 0 1 {:.1} {h}H{l:.1}A{l:.1} {l:.1} 0 0 1 0 {:.1}V{u:.1}A{u:.1} {u:.1} 0 0 1 {u:.1} 0Z",
            w - u,
            h - l,
            w - l,
            h - l
        )
    }
}
