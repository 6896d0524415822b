//! The human check's own figures: one thread, time on the core, medians of rounds.

use std::{fmt::Write as _, fs, hint::black_box, path::Path, process::ExitCode, time::Duration};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use doorward_captcha::{HumanChecks, Purpose, Rung, Settings, Submission, Way, solver};
use rustix::time::{ClockId, clock_gettime};

const ROOT: [u8; 32] = [7; 32];
const BROWSER: [u8; 32] = [9; 32];
const NOW: i64 = 1_795_000_000_000_000;
const ROUNDS: usize = 9;

/// Seeds that differ; the bench wants repeatable pictures, the program takes them from the operating system.
fn seed(number: u64) -> [u8; 32] {
    let mut seed = [0x5a; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    seed
}

/// Time this thread has had on a core: the figures are per core-second, whatever else the machine does.
fn core_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn timed(mut work: impl FnMut()) -> Duration {
    let start = core_time();
    work();
    core_time() - start
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Median seconds of one call over rounds of `count` calls.
fn seconds_each(count: u64, mut call: impl FnMut(u64)) -> f64 {
    let rounds = (0..ROUNDS as u64).map(|round| {
        timed(|| (0..count).for_each(|index| call(round * count + index))).as_secs_f64() / count as f64
    });
    median(rounds.collect())
}

fn checks() -> HumanChecks {
    HumanChecks::new(&ROOT, Settings::default())
}

/// Prints the figures of captcha.md that need no adversary.
pub fn figures() {
    sliders();
    tokens();
    costs();
}

fn sliders() {
    let checks = checks();
    let mut bytes = Vec::new();
    let each = seconds_each(200, |index| {
        let challenge = checks.issue(Rung::Slider, Way::Picture, &BROWSER, Purpose::SignIn, NOW, seed(index));
        bytes.push(challenge.picture.map_or(0, |picture| picture.jpeg.len()));
    });
    println!("figure captcha_per_s_core {:.0} 1/s", 1.0 / each);
    println!("figure captcha_issue_empty_us {:.0} us", each * 1e6);
    bytes.sort_unstable();
    println!("figure captcha_bytes_p50 {} B", bytes[bytes.len() / 2]);
    println!("figure captcha_bytes_p95 {} B", bytes[bytes.len() * 95 / 100]);
    let harder = seconds_each(100, |index| {
        black_box(checks.issue(
            Rung::HarderSlider,
            Way::Picture,
            &BROWSER,
            Purpose::SignIn,
            NOW,
            seed(index),
        ));
    });
    println!("figure captcha_harder_per_s_core {:.0} 1/s", 1.0 / harder);
    let ready = Settings::default().ready_sliders as u64;
    let rounds = (0..ROUNDS as u64).map(|round| {
        let mut number = round << 32;
        while checks.fill_one(seed(number)) {
            number += 1;
        }
        let taken = timed(|| {
            for index in 0..ready {
                black_box(checks.issue(
                    Rung::Slider,
                    Way::Picture,
                    &BROWSER,
                    Purpose::SignIn,
                    NOW,
                    seed(index),
                ));
            }
        });
        taken.as_secs_f64() / ready as f64
    });
    println!("figure captcha_issue_ring_us {:.1} us", median(rounds.collect()) * 1e6);
}

fn tokens() {
    let checks = checks();
    let challenge = checks.issue(Rung::Slider, Way::Picture, &BROWSER, Purpose::SignIn, NOW, seed(1));
    let answer = solver::reveal_field(&ROOT, &challenge.token, NOW).expect("our own token");
    let later = NOW + 2_000_000;
    let open = seconds_each(20_000, |_| {
        let judged = checks.open_and_judge(
            black_box(&challenge.token),
            black_box(&answer),
            &BROWSER,
            Purpose::SignIn,
            later,
        );
        assert!(judged.is_ok());
    });
    println!("figure captcha_verify_us {:.2} us", open * 1e6);
    let work = solver::solve_work(&challenge.token, challenge.work);
    let submission = Submission { token: &challenge.token, answer: &answer, work: &work, proof: "" };
    let judge = seconds_each(2_000, |_| {
        assert!(checks.judge(black_box(&submission), &BROWSER, Purpose::SignIn, later).is_ok());
    });
    println!("figure captcha_verify_with_work_us {:.2} us", judge * 1e6);
}

/// What a try costs an attacker with native code, over what it costs us.
fn costs() {
    let checks = checks();
    let params = Params::new(19_456, 2, 1, Some(32)).expect("the rules' parameters");
    let mut blocks = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut out = [0; 32];
    let hash = seconds_each(6, |index| {
        argon2
            .hash_password_into_with_memory(&index.to_le_bytes(), &BROWSER, &mut out, blocks.as_mut_slice())
            .expect("valid parameters");
    });
    println!("figure captcha_hash_ms {:.2} ms", hash * 1e3);
    for (rung, way, name, tries) in [
        (Rung::Slider, Way::Picture, "rung1", 20),
        (Rung::HarderSlider, Way::Picture, "rung2", 96),
        (Rung::Slider, Way::WithoutPuzzle, "without_puzzle", 16),
    ] {
        // Searches are a matter of luck, so the mean over many, not a median.
        let mut proofs = Vec::new();
        let searching = timed(|| {
            for index in 0..tries {
                let challenge = checks.issue(rung, way, &BROWSER, Purpose::SignIn, NOW, seed(1000 + index));
                let work = solver::solve_work(&challenge.token, challenge.work);
                let proof = challenge.memory.map(|memory| solver::solve_memory(&challenge.token, memory));
                proofs.push((challenge, work, proof));
            }
        });
        let each = searching.as_secs_f64() / tries as f64;
        println!("figure captcha_{name}_attacker_ms {:.2} ms", each * 1e3);
        println!("figure captcha_{name}_attacker_over_hash {:.2} x", each / hash);
        if rung == Rung::HarderSlider {
            let (challenge, work, proof) = proofs.swap_remove(0);
            let answer = solver::reveal_field(&ROOT, &challenge.token, NOW).expect("our own token");
            let proof = proof.unwrap_or_default();
            let submission =
                Submission { token: &challenge.token, answer: &answer, work: &work, proof: &proof };
            let judged = checks
                .judge(&submission, &BROWSER, Purpose::SignIn, NOW + 2_000_000)
                .expect("a right solution");
            let memory_hard = judged.memory_hard.expect("rung 2 asks a memory-hard proof");
            let verify = seconds_each(6, |_| assert!(memory_hard.verify()));
            println!("figure captcha_memory_verify_ms {:.2} ms", verify * 1e3);
        }
    }
}

/// Writes `count` pictures of a rung with their answers for the adversary: `<number>.jpg` and one line each in `answers.csv`.
pub fn pictures(folder: &str, rung: &str, count: &str) -> ExitCode {
    let rung = if rung == "2" { Rung::HarderSlider } else { Rung::Slider };
    let Ok(count) = count.parse::<u64>() else { return ExitCode::from(2) };
    let checks = checks();
    let mut lines = String::from("file,x,y,width,height,row,left,top,outline\n");
    for number in 0..count {
        let challenge =
            checks.issue(rung, Way::Picture, &BROWSER, Purpose::SignIn, NOW, seed(0xadbe_0000 + number));
        let (Some(answer), Some(picture)) = (solver::reveal(&ROOT, &challenge.token, NOW), challenge.picture)
        else {
            return ExitCode::FAILURE;
        };
        let piece = picture.piece;
        let blank = |value: Option<u16>| value.map(|value| value.to_string()).unwrap_or_default();
        let (row, top) = (blank(piece.row), blank(answer.top));
        let _ = writeln!(
            lines,
            "{number}.jpg,{},{},{},{},{row},{},{top},{}",
            piece.x, piece.y, piece.width, piece.height, answer.left, piece.outline
        );
        if fs::write(Path::new(folder).join(format!("{number}.jpg")), &picture.jpeg).is_err() {
            eprintln!("bench: cannot write into {folder}");
            return ExitCode::FAILURE;
        }
    }
    if fs::write(Path::new(folder).join("answers.csv"), lines).is_err() {
        eprintln!("bench: cannot write into {folder}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
