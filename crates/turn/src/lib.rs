//! The turn: how soon a thread that wakes is given the core.
//!
//! Linux lets a thread that runs use up its slice, some three milliseconds, before one that has just woken gets its turn;
//! nice(2) changes how much each gets in the end, not how soon. With hashes on every core a request that takes ten
//! microseconds waits for such a slice. A thread may ask for shorter slices of its own (sched_setattr(2), heard since Linux
//! 6.12), without privileges and without giving up its share. No safe crate makes that call; this one does nothing else,
//! and is the only one in the house that holds `unsafe` (decision 0030).

use std::io;
use std::time::Duration;

/// The shortest slice that Linux knows: 100 microseconds.
pub const SHORTEST: Duration = Duration::from_micros(100);

/// Gives the calling thread slices of this length, and every thread that it starts from now on.
///
/// Its class and its nice value stay. Linux takes 0.1 to 100 ms and brings anything else into that range; before 6.12 it
/// accepts the wish and does nothing. Other systems are not asked.
///
/// # Errors
/// The system refuses. Nothing was changed, and the thread runs on as it did.
#[cfg(target_os = "linux")]
pub fn shorten(slice: Duration) -> io::Result<()> {
    let wanted = linux::Attributes { runtime: linux::nanoseconds(slice), ..linux::read()? };
    linux::write(&wanted)
}

/// Other systems have their own ways.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn shorten(_slice: Duration) -> io::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::time::Duration;

    /// `struct sched_attr` in its first size (sched(7), include/uapi/linux/sched/types.h).
    #[repr(C)]
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    pub(crate) struct Attributes {
        pub(crate) size: u32,
        pub(crate) policy: u32,
        pub(crate) flags: u64,
        pub(crate) nice: i32,
        pub(crate) priority: u32,
        /// The slice of an ordinary thread, in nanoseconds.
        pub(crate) runtime: u64,
        pub(crate) deadline: u64,
        pub(crate) period: u64,
    }

    const SIZE: u32 = size_of::<Attributes>() as u32;
    /// The calling thread.
    const SELF: libc::pid_t = 0;

    pub(crate) fn nanoseconds(slice: Duration) -> u64 {
        u64::try_from(slice.as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn read() -> io::Result<Attributes> {
        let mut attributes = Attributes::default();
        // SAFETY: the kernel writes at most SIZE bytes to a struct of that size, all of whose bit patterns are valid; the
        // borrow is exclusive and outlives the call.
        #[allow(unsafe_code)]
        let answer =
            unsafe { libc::syscall(libc::SYS_sched_getattr, SELF, &raw mut attributes, SIZE, 0_u32) };
        if answer == 0 { Ok(attributes) } else { Err(io::Error::last_os_error()) }
    }

    pub(crate) fn write(attributes: &Attributes) -> io::Result<()> {
        let wanted = Attributes { size: SIZE, ..*attributes };
        // SAFETY: the kernel reads `size` bytes from a struct of that size, which outlives the call.
        #[allow(unsafe_code)]
        let answer = unsafe { libc::syscall(libc::SYS_sched_setattr, SELF, &raw const wanted, 0_u32) };
        if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_and_those_it_starts_have_short_slices_and_keep_their_class() {
        let before = linux::read().expect("a thread may look at itself");
        std::thread::spawn(move || {
            shorten(SHORTEST).expect("no privilege is needed");
            let after = linux::read().expect("a thread may look at itself");
            let inherited = std::thread::spawn(|| linux::read().expect("a thread may look at itself"));
            assert_eq!(inherited.join().expect("it ends"), after);
            // A kernel before 6.12 answers with zero and knows no slice of a thread's own.
            if after.runtime != 0 {
                assert_eq!(after.runtime, linux::nanoseconds(SHORTEST));
            }
            assert_eq!(linux::Attributes { runtime: before.runtime, ..after }, before);
        })
        .join()
        .expect("the thread ends");
    }

    #[test]
    fn a_thread_that_was_not_asked_keeps_its_slice() {
        let before = linux::read().expect("a thread may look at itself");
        std::thread::spawn(|| shorten(SHORTEST)).join().expect("it ends").expect("no privilege is needed");
        assert_eq!(linux::read().expect("a thread may look at itself"), before);
    }
}
