//! Figures of the market's core: `bench-market [--quick]` prints one line a figure, `figure <name> <value> <unit>`.
//!
//! Apart from `bench`, so that the core is measured without building pages and program around it.

#![expect(clippy::disallowed_methods, reason = "figures need the clock")]

mod durable;
mod flow;
mod matching;
mod memory;
mod other;
mod recovery;

#[path = "../../src/figure.rs"]
mod figure;

/// How often each measurement is taken.
#[derive(Clone, Copy)]
struct Length {
    rounds: usize,
    operations: usize,
}

fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (parts, length) = match words.split_last() {
        Some((&"--quick", parts)) => (parts, Length { rounds: 5, operations: 300_000 }),
        _ => (&words[..], Length { rounds: 7, operations: 1_000_000 }),
    };
    match parts {
        [] => {
            matching::figures(length);
            durable::figures(length);
            memory::figures(length);
            recovery::figures(length);
        }
        ["matching"] => matching::figures(length),
        ["matching", side] if matching::alone(side, length).is_some() => {}
        ["durable"] => durable::figures(length),
        ["memory"] => memory::figures(length),
        ["recovery"] => recovery::figures(length),
        _ => {
            eprintln!(
                "usage: bench-market [matching [engine | identities | bare | obcore] | durable | memory | recovery] [--quick]"
            );
            return std::process::ExitCode::from(2);
        }
    }
    std::process::ExitCode::SUCCESS
}

/// CPU seconds of the calling thread (`/proc/thread-self/schedstat`, nanoseconds on the processor).
fn thread_cpu_seconds() -> f64 {
    // What a running thread has used is added up at the kernel's ticks, 4 ms apart, and when it goes to sleep.
    std::thread::sleep(std::time::Duration::from_micros(1));
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux kernel with schedstat");
    line.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).expect("nanoseconds") / 1e9
}

/// CPU seconds that this took on the calling thread.
fn cpu_seconds(run: impl FnOnce()) -> f64 {
    let begun = thread_cpu_seconds();
    run();
    thread_cpu_seconds() - begun
}
