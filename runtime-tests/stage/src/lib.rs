#![doc = include_str!("../README.md")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test's helper trips over fails the test"
)]

mod answer;
mod chained;
mod request;
mod variables;
mod whoever_says;

pub use answer::Answer;
pub use chained::{Chained, relay};
pub use request::{ask, with_body};
pub use variables::variables;
pub use whoever_says::WhoeverSays;
