//! Figures: `bench <part>` prints one line a figure, `figure <name> <value> <unit>`.

#![expect(clippy::disallowed_methods, reason = "figures need the clock")]

mod audit;
mod browser;
mod captcha;
mod client;
mod crowd;
mod door;
mod figure;
mod guard;
mod hash_loop;
mod population;
mod process;
mod projection;
mod visitors;

#[path = "../market/src/flow.rs"]
#[expect(dead_code, reason = "numbers for other books are the market's figures' alone")]
mod flow;

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["door", binary] => {
            door::remark_machine();
            door::figures(binary.as_ref(), door::Length::Full);
        }
        ["door", binary, "--quick"] => {
            door::remark_machine();
            door::figures(binary.as_ref(), door::Length::Quick);
        }
        ["sign-ins", binary, rounds] => {
            door::remark_machine();
            door::sign_ins_alone(binary.as_ref(), rounds.parse().unwrap_or(3));
        }
        ["flood", binary, capacity] => {
            door::remark_machine();
            door::flood_alone(binary.as_ref(), capacity.parse().unwrap_or(100.0));
        }
        ["growth", binary] => {
            door::remark_machine();
            door::growth_alone(binary.as_ref());
        }
        ["audit"] => {
            door::remark_machine();
            audit::figures(door::Length::Full);
        }
        ["audit", "--quick"] => {
            door::remark_machine();
            audit::figures(door::Length::Quick);
        }
        ["projection", binary] => {
            door::remark_machine();
            projection::figures(binary.as_ref(), door::Length::Full);
        }
        ["projection", binary, "--quick"] => {
            door::remark_machine();
            projection::figures(binary.as_ref(), door::Length::Quick);
        }
        ["captcha"] => captcha::figures(),
        ["guard"] => guard::figures(),
        ["captcha-pictures", folder, rung, count] => return captcha::pictures(folder, rung, count),
        ["crowd", place, accounts] => return crowd::run(place, accounts),
        _ => {
            eprintln!(
                "usage: bench door <binary> [--quick] | bench sign-ins <binary> <rounds> | bench flood <binary> <sign-ins/s> | bench growth <binary> | bench audit [--quick] | bench projection <binary> [--quick] | bench captcha | bench guard | bench captcha-pictures <folder> <rung> <count> | bench crowd <place> <accounts>"
            );
            return std::process::ExitCode::from(2);
        }
    }
    std::process::ExitCode::SUCCESS
}
