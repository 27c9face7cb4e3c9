//! End-to-end: HTTP in, HTTP out, whoever hosts the app.

mod account;
mod administration;
mod authorization;
mod bad_input;
mod bot;
mod cold_instance;
mod dev_mail;
mod every_route;
mod exchange_key;
mod gateway;
mod limits;
mod metrics;
mod notification;
mod order;
mod plans;
mod post;
mod profile;
mod session;
mod social;
mod support;
mod worker;
