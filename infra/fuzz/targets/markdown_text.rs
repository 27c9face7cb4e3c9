//! What people write.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let page = markdown::render(text);
    assert_eq!(page.html, markdown::render(text).html);
    assert!(page.toc.len() <= 500);
});
