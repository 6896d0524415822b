//! How the program is linked.

use std::process::Command;

/// The first glibc whose loader reads packed relocations.
const READS_PACKED: (u32, u32) = (2, 36);

/// 57,000 pointers in constants are adjusted when the program is loaded. As a table they take 1.4 MB of the file, all of it
/// read and kept in memory at every start; packed, some 20 KB.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let variable = |name| std::env::var(name).unwrap_or_default();
    let is_for_here = variable("HOST") == variable("TARGET") && variable("TARGET").ends_with("-linux-gnu");
    if is_for_here && glibc().is_some_and(|found| found >= READS_PACKED) {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of the system's C library: `glibc 2.36`.
fn glibc() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let (major, minor) =
        std::str::from_utf8(&told.stdout).ok()?.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
