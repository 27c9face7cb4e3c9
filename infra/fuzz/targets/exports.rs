//! Posts that other programs wrote, and our own exports and files as somebody may have changed them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = blog::fuzzing::wordpress(text);
    let _ = blog::fuzzing::ghost(text);
    let _ = blog::fuzzing::own(text);
    let _ = blog::fuzzing::front_matter(text);
});
