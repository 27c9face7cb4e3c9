#![doc = include_str!("../README.md")]

mod device;
mod html;
mod letter;
mod mail;
mod recipient;
mod text;
mod untrusted;
mod wording;

pub use mail::{Mail, Unfit};
pub use recipient::{NotAnAddress, Recipient};
pub use untrusted::clean;

/// A mail as its recipient gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The `text/plain` part, lines of at most 72 characters but for links.
    pub text: String,
    /// The `text/html` part, a whole document.
    pub html: String,
}

/// Renders a mail of the installation at `public_url`.
#[must_use]
pub fn render(mail: &Mail, public_url: &str) -> Rendered {
    let letter = wording::letter(mail);
    Rendered {
        html: html::page(&letter, public_url),
        text: text::plain(&letter, public_url),
        subject: letter.subject,
    }
}
