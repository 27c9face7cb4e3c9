#![doc = include_str!("../README.md")]

pub mod api;
mod feed;
mod page;
mod respond;
mod sitemap;
mod store;
