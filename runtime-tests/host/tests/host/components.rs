//! The components that the tests run: the guest, built on demand, and providers small enough to write by hand.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The guest's file, built if it is missing or older than its source.
pub(crate) fn guest() -> &'static Path {
    static GUEST: OnceLock<PathBuf> = OnceLock::new();
    GUEST.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-guest");
        // The folder for tests lies in the target folder.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let wasm = target.join("wasm32-wasip2/release/test_guest.wasm");
        if modified(&wasm).is_none_or(|built| built < newest(&source)) {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let build = [
                "build",
                "-p",
                "test-guest",
                "--target",
                "wasm32-wasip2",
                "--release",
                "--target-dir",
            ];
            let mut command = Command::new(cargo);
            command.args(build).arg(target).current_dir(&source);
            // Where the installed compiler lacks the target, another compiles guests.
            if let Some(rustc) = std::env::var_os("SPINDLE_GUEST_RUSTC") {
                command.env("RUSTC", rustc);
            }
            let status = command.status().unwrap();
            assert!(
                status.success(),
                "the test guest cannot be built; `cargo xtask test` provides what is needed for it"
            );
        }
        wasm
    })
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

fn newest(folder: &Path) -> SystemTime {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            if path.is_dir() {
                newest(&path)
            } else {
                modified(&path).unwrap()
            }
        })
        .max()
        .unwrap()
}

/// A component that provides `test:math/adder@1.0.0`.
pub(crate) fn adder() -> Vec<u8> {
    provider("")
}

/// One that adds wrongly, to see who uses it.
pub(crate) fn subtractor() -> Vec<u8> {
    wat::parse_str(text("").replace("i32.add", "i32.sub")).unwrap()
}

/// An adder that also imports the application's variables.
pub(crate) fn greedy_adder() -> Vec<u8> {
    provider(
        r#"(import "spin:variables/variables@3.0.0" (instance
             (type $cases (variant (case "invalid-name" string) (case "undefined" string) (case "provider" string) (case "other" string)))
             (export "error" (type $error (eq $cases)))
             (export "get" (func async (param "name" string) (result (result string (error $error)))))))"#,
    )
}

/// An adder under another version of its interface.
pub(crate) fn newer_adder() -> Vec<u8> {
    wat::parse_str(text("").replace("adder@1.0.0", "adder@1.0.1")).unwrap()
}

/// An adder that takes other types.
pub(crate) fn wide_adder() -> Vec<u8> {
    wat::parse_str(text("").replace("u32", "u64").replace("i32", "i64")).unwrap()
}

fn provider(imports: &str) -> Vec<u8> {
    wat::parse_str(text(imports)).unwrap()
}

fn text(imports: &str) -> String {
    format!(
        r#"(component {imports}
             (core module $code (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
             (core instance $instance (instantiate $code))
             (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $instance "add")))
             (instance $adder (export "add" (func $add)))
             (export "test:math/adder@1.0.0" (instance $adder)))"#
    )
}
