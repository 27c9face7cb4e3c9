//! Values and rules. Nothing here does I/O or knows the time.

mod client_network;
mod common_password;
mod email;
mod hash;
mod login_name;
mod one_time_code;
mod opaque_token;
mod password;
mod password_hash;
mod recovery_code;
mod refresh_token;
mod username;

pub use client_network::ClientNetwork;
pub use email::{Email, EmailError};
pub use hash::Hash;
pub use login_name::LoginName;
pub use one_time_code::{CodePurpose, OneTimeCode};
pub use opaque_token::{OpaqueToken, TokenKind};
pub use password::{NewPassword, PasswordError, PasswordInput};
pub use password_hash::{HashError, PasswordHash};
pub(crate) use recovery_code::COUNT as RECOVERY_CODES;
pub use recovery_code::RecoveryCode;
pub use refresh_token::RefreshToken;
pub use username::{Username, UsernameError};
