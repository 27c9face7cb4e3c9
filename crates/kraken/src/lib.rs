#![doc = include_str!("../README.md")]
#![allow(
    clippy::result_large_err,
    reason = "the refusal of the WIT says what the key may do, and refusals are rare; smaller where pointers are"
)]

mod amount;
pub mod api;
mod assess;
mod balance;
mod base_url;
mod candle;
mod client;
mod credentials;
mod endpoint;
mod error;
mod failure;
mod key_info;
mod keyring;
mod network;
mod nonce;
mod order;
mod pair;
mod permission;
mod response;
mod service;
mod signature;
mod ticker;
mod transport;
mod wire;

pub use assess::{KeyReport, Warning, assess};
pub use balance::Balance;
pub use base_url::{BaseUrl, BaseUrlError};
pub use candle::Candle;
pub use client::{Client, Part};
pub use credentials::{AccountNumber, ApiKey, ApiSecret, Credentials, CredentialsError};
pub use endpoint::{PrivateEndpoint, PublicEndpoint};
pub use error::{ErrorClass, KrakenError};
pub use failure::Failure;
pub use key_info::ApiKeyInfo;
#[cfg(not(target_family = "wasm"))]
pub use keyring::native as native_keyring;
pub use keyring::{Keyring, KeyringError, Place};
pub use nonce::{Nonce, Nonces};
pub use order::{NewOrder, Order, OrderStatus, Side, Trade};
pub use pair::Pair;
pub use permission::{Mode, Permission, PermissionReview, Treatment, VerifiedBy};
pub use response::CallError;
pub use service::Service;
pub use signature::api_sign;
pub use ticker::Ticker;
pub use transport::{HttpCall, HttpReply, TIMEOUT, Transport, TransportError};
