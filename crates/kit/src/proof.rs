//! Proofs of possession are good once (RFC 9449 section 11.1): `tokens` verifies them, a row in Postgres remembers them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::{App, Problem, params};

#[derive(Deserialize)]
struct Claims {
    jti: String,
}

/// Whether a proof that is known to be good, by the key with this thumbprint, was never seen before.
pub(crate) async fn is_first_use(
    app: &App,
    thumbprint: &str,
    proof: &str,
) -> Result<bool, Problem> {
    let Some(jti) = jti(proof) else {
        return Ok(false);
    };
    let first: bool = app
        .db()
        .write_json(
            include_str!("../sql/use_proof.sql"),
            params![thumbprint, jti],
        )
        .await?;
    Ok(first)
}

fn jti(proof: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(proof.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Claims>(&payload)
        .ok()
        .map(|claims| claims.jti)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_read_from_the_payload() {
        let proof = format!(
            "e30.{}.x",
            URL_SAFE_NO_PAD.encode(r#"{"jti":"a","htm":"GET"}"#)
        );
        assert_eq!(jti(&proof).as_deref(), Some("a"));
        for bad in ["", "a.b", "e30.e30.x", "e30.!.x"] {
            assert_eq!(jti(bad), None, "{bad}");
        }
    }
}
