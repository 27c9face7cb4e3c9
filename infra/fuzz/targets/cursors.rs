//! Positions in lists, as clients give them back.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|cursor: &str| {
    let position =
        kit::page::open_with::<(String, i64)>(b"a key that nobody knows", "posts", cursor);
    assert!(position.is_none(), "a cursor that was not given out");
});
