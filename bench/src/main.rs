//! Figures: `bench <part>` prints one line a figure, `figure <name> <value> <unit>`.

mod captcha;
mod crowd;

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["captcha"] => captcha::figures(),
        ["captcha-pictures", folder, rung, count] => return captcha::pictures(folder, rung, count),
        ["crowd", place, accounts] => return crowd::run(place, accounts),
        _ => {
            eprintln!(
                "usage: bench captcha | bench captcha-pictures <folder> <rung> <count> | bench crowd <place> <accounts>"
            );
            return std::process::ExitCode::from(2);
        }
    }
    std::process::ExitCode::SUCCESS
}
