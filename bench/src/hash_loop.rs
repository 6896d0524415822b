//! The bare hash: the most sign-ins that any server could do with these parameters on these cores.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::time::{Duration, Instant};

/// Argon2id hashes per CPU second of the loop's own threads: memory kept, one thread per lane.
pub fn hashes_per_core_second(
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    threads: usize,
    time: Duration,
) -> f64 {
    let params = Params::new(memory_kib, passes, lanes, Some(32)).expect("the policy's parameters are valid");
    let rates: Vec<(u32, f64)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let params = params.clone();
                scope.spawn(move || {
                    let mut memory = vec![Block::default(); params.block_count()];
                    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                    let mut out = [0u8; 32];
                    let begun = (Instant::now(), thread_cpu_seconds());
                    let mut hashes = 0u32;
                    while begun.0.elapsed() < time {
                        let salt = [worker as u8; 16];
                        argon2
                            .hash_password_into_with_memory(
                                b"correct horse battery staple",
                                &salt,
                                &mut out,
                                &mut memory,
                            )
                            .expect("valid input");
                        hashes += 1;
                    }
                    (hashes, thread_cpu_seconds() - begun.1)
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("the loop ends")).collect()
    });
    let hashes: u32 = rates.iter().map(|(hashes, _)| hashes).sum();
    let seconds: f64 = rates.iter().map(|(_, seconds)| seconds).sum();
    f64::from(hashes) / seconds
}

/// CPU seconds of the calling thread (`/proc/thread-self/schedstat`, nanoseconds on the processor).
fn thread_cpu_seconds() -> f64 {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux kernel with schedstat");
    line.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).expect("nanoseconds") / 1e9
}
