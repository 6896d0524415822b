//! How a figure is printed and how repeated measurements become one.

/// Prints `figure <name> <value> <unit>`, the line that people and scripts read.
pub fn print(name: &str, value: f64, unit: &str) {
    let digits = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else {
        3
    };
    println!("figure {name} {value:.digits$} {unit}");
}

/// Prints a sentence that belongs to the figures beside it: parameters, denominators, machine.
pub fn remark(text: &str) {
    println!("# {text}");
}

/// The middle of the measurements; the mean of the two middle ones when their number is even.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// The value below which `share` (0 to 1) of the measurements lie.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return f64::NAN;
    }
    let rank = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len());
    sorted[rank - 1]
}
