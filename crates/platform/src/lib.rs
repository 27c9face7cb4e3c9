#![doc = include_str!("../README.md")]

pub mod kinds;
pub mod mail;
pub mod messages;
pub mod notification;
pub mod schedules;
pub mod subscriptions;
pub mod support;
pub mod worker;
