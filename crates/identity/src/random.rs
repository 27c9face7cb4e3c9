//! Random bits, and what is made of them.

use kit::Problem;

use crate::domain::{OneTimeCode, OpaqueToken, RecoveryCode, RefreshToken, TokenKind};
use crate::oauth::UserCode;

/// Bits that nobody can guess.
pub(crate) fn bits<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bits = [0; N];
    getrandom::fill(&mut bits).map_err(Problem::internal)?;
    Ok(bits)
}

pub(crate) fn refresh_token() -> Result<RefreshToken, Problem> {
    Ok(RefreshToken::from_random(bits()?))
}

pub(crate) fn token(kind: TokenKind) -> Result<OpaqueToken, Problem> {
    Ok(OpaqueToken::from_random(kind, bits()?))
}

pub(crate) fn one_time_code() -> Result<OneTimeCode, Problem> {
    loop {
        if let Some(code) = OneTimeCode::from_random(bits()?) {
            return Ok(code);
        }
    }
}

pub(crate) fn user_code() -> Result<UserCode, Problem> {
    loop {
        if let Some(code) = UserCode::from_random(bits()?) {
            return Ok(code);
        }
    }
}

pub(crate) fn recovery_codes() -> Result<Vec<RecoveryCode>, Problem> {
    (0..crate::domain::RECOVERY_CODES)
        .map(|_| Ok(RecoveryCode::from_random(bits()?)))
        .collect()
}
