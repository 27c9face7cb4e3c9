#![doc = include_str!("../README.md")]

mod account;
mod backup;
mod binaries;
mod cluster;
mod debian;
mod ephemeral;
mod launch;
mod port;
mod postmaster;
mod server;
mod template;
mod tether;
mod wheel;

pub use backup::{back_up, restore};
pub use binaries::{Binaries, OLDEST_MAJOR};
pub use port::free_port;
pub use server::{Options, Server};
pub use tether::die_with_parent;
