//! Writes every mail as a page, to be opened in a browser: `cargo run -p spindle-mail --example preview -- target/mails`.
#![allow(clippy::unwrap_used, reason = "a program for people at work on mails")]

#[path = "../tests/samples/mod.rs"]
mod samples;

use std::path::PathBuf;

use spindle_mail::{Mail, render};

fn main() {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "target/mails".to_owned()),
    );
    std::fs::create_dir_all(&folder).unwrap();
    for (template, data) in samples::all() {
        let mail = render(
            &Mail::read(template, data).unwrap(),
            "https://spindle.example",
        );
        std::fs::write(folder.join(format!("{template}.html")), mail.html).unwrap();
        std::fs::write(folder.join(format!("{template}.txt")), mail.text).unwrap();
    }
}
