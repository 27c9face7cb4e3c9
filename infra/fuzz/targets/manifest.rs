//! The composition.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spindle_host::manifest::Manifest;

fuzz_target!(|text: &str| {
    if let Ok(manifest) = Manifest::parse(text) {
        let _ = manifest.served_components();
    }
});
