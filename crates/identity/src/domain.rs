//! Values and rules. Nothing here does I/O or knows the time.

mod case_folding;
mod email;
mod login_name;
mod password;
mod password_hash;
mod refresh_token;
mod username;

pub use email::{Email, EmailError};
pub use login_name::LoginName;
pub use password::{NewPassword, PasswordError, PasswordInput};
pub use password_hash::{HashError, PasswordHash};
pub use refresh_token::{RefreshToken, RefreshTokenHash};
pub use username::{Username, UsernameError};
