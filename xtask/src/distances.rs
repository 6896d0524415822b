//! How far countries lie apart, border to border: made from the borders of Natural Earth (public domain) as the npm
//! package `world-atlas` ships them at 1:10,000,000. The borders themselves stay out of the repository.
//!
//! Every border is a row of points, at most one in each cell of a tenth of a degree; two countries are as far apart as
//! their nearest points. A cell is at most 16 km across and a generalised coast lies within some kilometres of the true
//! one, so that a distance could come out too long by about [`ERROR_KM`]; that much is taken off, and what then is below
//! zero is zero. Countries that share a stretch of border are neighbours and lie zero apart whatever the points say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use doorward_domain::country::{COUNTRIES, Country};
use serde_json::Value;

use self::names::{NAMES, PARTS};

mod names;

/// Named exactly, so that the same table comes out again.
const PACKAGE: &str = "world-atlas@2.0.2";
const BORDERS: &str = "node_modules/world-atlas/countries-10m.json";
const TABLE: &str = "crates/domain/data/country_distances.bin";

/// What the points of two borders can be too far apart, both sides together.
const ERROR_KM: f64 = 25.0;
const EARTH_RADIUS_KM: f64 = 6_371.0;
/// Cells of a tenth of a degree.
const CELLS_PER_DEGREE: f64 = 10.0;

/// Where something lies, in degrees east and north.
type Point = (f64, f64);

/// One country's border.
#[derive(Default)]
struct Border {
    arcs: BTreeSet<usize>,
    cells: BTreeMap<(i32, i32), Point>,
}

/// Fetches the borders, writes the table and says how large it is.
pub(crate) fn make(root: &Path) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|fault| format!("no temporary folder: {fault}"))?;
    let installed = Command::new("npm")
        .args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"])
        .arg(folder.path())
        .arg(PACKAGE)
        .status()
        .map_err(|fault| format!("npm does not start: {fault}"))?;
    if !installed.success() {
        return Err("npm could not install the borders".to_owned());
    }
    let path = folder.path().join(BORDERS);
    let text = fs::read(&path).map_err(|fault| format!("{} cannot be read: {fault}", path.display()))?;
    let map: Value = serde_json::from_slice(&text).map_err(|fault| format!("{BORDERS}: {fault}"))?;
    let borders = borders(&map).ok_or("the borders have another form than expected")?;
    let mut bytes = Vec::new();
    for first in Country::all() {
        for second in Country::all().skip(first.index() + 1) {
            let (one, other) = (&borders[first.index()], &borders[second.index()]);
            bytes.extend(kilometres(one, other).to_be_bytes());
        }
    }
    if let Some(lost) = Country::all().find(|country| borders[country.index()].cells.is_empty()) {
        return Err(format!("{lost} has no border"));
    }
    let target = root.join(TABLE);
    fs::write(&target, &bytes).map_err(|fault| format!("{} cannot be written: {fault}", target.display()))?;
    Ok(format!("{TABLE}: {} bytes", bytes.len()))
}

fn borders(map: &Value) -> Option<Vec<Border>> {
    let arcs = arcs(map)?;
    let mut borders: Vec<Border> = (0..COUNTRIES).map(|_| Border::default()).collect();
    for shape in map.pointer("/objects/countries/geometries")?.as_array()? {
        let name = shape.pointer("/properties/name")?.as_str()?;
        let owner = NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code);
        let polygons: Vec<&Value> = match shape.get("type")?.as_str()? {
            "Polygon" => vec![shape.get("arcs")?],
            _ => shape.get("arcs")?.as_array()?.iter().collect(),
        };
        for polygon in polygons {
            let used: Vec<usize> = polygon
                .as_array()?
                .iter()
                .filter_map(Value::as_array)
                .flatten()
                // An arc that is walked backwards is written as its complement.
                .filter_map(|arc| arc.as_i64())
                .filter_map(|arc| usize::try_from(if arc < 0 { !arc } else { arc }).ok())
                .collect();
            let start = *arcs.get(*used.first()?)?.first()?;
            let parts =
                PARTS.iter().filter(|part| part.of == name && part.holds(start)).map(|part| part.code);
            for code in owner.into_iter().chain(parts) {
                let border = &mut borders[Country::parse(code)?.index()];
                for arc in &used {
                    border.take(*arc, arcs.get(*arc)?);
                }
            }
        }
    }
    for (code, places) in names::ATOLLS {
        let border = &mut borders[Country::parse(code)?.index()];
        places.iter().for_each(|place| border.put(*place));
    }
    Some(borders)
}

/// The arcs of a TopoJSON map: whole numbers, each the difference to the one before.
fn arcs(map: &Value) -> Option<Vec<Vec<Point>>> {
    let number = |pointer: &str| map.pointer(pointer)?.as_f64();
    let scale = (number("/transform/scale/0")?, number("/transform/scale/1")?);
    let origin = (number("/transform/translate/0")?, number("/transform/translate/1")?);
    let arc = |arc: &Value| {
        let (mut x, mut y) = (0.0, 0.0);
        arc.as_array()?
            .iter()
            .map(|step| {
                x += step.get(0)?.as_f64()?;
                y += step.get(1)?.as_f64()?;
                Some((x * scale.0 + origin.0, y * scale.1 + origin.1))
            })
            .collect()
    };
    map.get("arcs")?.as_array()?.iter().map(arc).collect()
}

impl Border {
    fn take(&mut self, arc: usize, points: &[Point]) {
        self.arcs.insert(arc);
        for pair in points.windows(2) {
            let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
            // A straight stretch is filled up, so that no cell on its way is left out.
            let steps = ((x2 - x1).abs().max((y2 - y1).abs()) * CELLS_PER_DEGREE).ceil().max(1.0);
            let mut step = 0.0;
            while step <= steps {
                let share = step / steps;
                self.put((x1 + (x2 - x1) * share, y1 + (y2 - y1) * share));
                step += 1.0;
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "degrees are small")]
    fn put(&mut self, (x, y): Point) {
        let cell = ((x * CELLS_PER_DEGREE).floor() as i32, (y * CELLS_PER_DEGREE).floor() as i32);
        self.cells.entry(cell).or_insert((x, y));
    }

    /// Points on the unit sphere.
    fn sphere(&self) -> Vec<[f64; 3]> {
        self.cells
            .values()
            .map(|(x, y)| {
                let (x, y) = (x.to_radians(), y.to_radians());
                [y.cos() * x.cos(), y.cos() * x.sin(), y.sin()]
            })
            .collect()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 20015")]
fn kilometres(one: &Border, other: &Border) -> u16 {
    if !one.arcs.is_disjoint(&other.arcs) {
        return 0;
    }
    let others = other.sphere();
    let mut nearest = -1.0_f64;
    for a in one.sphere() {
        for b in &others {
            nearest = nearest.max(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]);
        }
    }
    (nearest.clamp(-1.0, 1.0).acos() * EARTH_RADIUS_KM - ERROR_KM).max(0.0).floor() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn border(points: &[Point]) -> Border {
        let mut border = Border::default();
        points.iter().for_each(|point| border.put(*point));
        border
    }

    #[test]
    fn a_degree_on_the_equator_is_111_kilometres_less_the_error() {
        assert_eq!(kilometres(&border(&[(0.0, 0.0)]), &border(&[(1.0, 0.0), (9.0, 9.0)])), 86);
        assert_eq!(kilometres(&border(&[(179.9, 0.0)]), &border(&[(-179.9, 0.0)])), 0, "over the date line");
    }

    #[test]
    fn who_shares_an_arc_is_a_neighbour() {
        let (mut one, mut other) = (border(&[(0.0, 0.0)]), border(&[(90.0, 0.0)]));
        one.arcs.insert(7);
        other.arcs.insert(7);
        assert_eq!(kilometres(&one, &other), 0);
    }

    #[test]
    fn a_straight_border_leaves_no_cell_out() {
        let mut border = Border::default();
        border.take(0, &[(0.05, 49.0), (5.05, 49.0)]);
        assert_eq!(border.cells.len(), 51);
    }
}
