//! End-to-end: HTTP in, HTTP out, whoever hosts the app.

mod bad_input;
mod cold_instance;
mod exchange_key;
mod gateway;
mod post;
mod profile;
mod session;
