#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| doorward_fuzz::domain::return_path(input));
