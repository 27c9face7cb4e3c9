//! Posts that other programs wrote.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = blog::fuzzing::wordpress(text);
    let _ = blog::fuzzing::ghost(text);
});
