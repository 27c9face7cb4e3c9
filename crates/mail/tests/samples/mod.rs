//! One mail of each template, with what is long and hostile in some of them.

use serde_json::{Value, json};

/// Template and data.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    vec![
        (
            "verification_code",
            json!({"code": "493721", "minutes": 10}),
        ),
        (
            "password_reset",
            json!({"url": "https://spindle.example/reset?token=V2hvZXZlciByZWFkcyB0aGlzIG1heSBrZWVwIGl0LCBpdCBpcyBubyB0b2tlbg&x=1", "minutes": 30}),
        ),
        (
            "new_sign_in",
            json!({"device": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "address": "2001:db8:85a3::8a2e:370:7334", "at": "2026-11-21T07:04:05.678Z"}),
        ),
        (
            "email_changed",
            json!({"new_email": "ada.lovelace@analytical-engine.example"}),
        ),
        ("password_changed", json!({})),
        (
            "factor_changed",
            json!({"change": "An authenticator app was taken out of use."}),
        ),
        ("registration_attempt", json!({})),
        (
            "key_drift",
            json!({"label": "Main account", "problems": [
                "It may withdraw funds: untick “Withdraw” at the exchange.",
                "It lacks “Query open orders & trades”."]}),
        ),
        (
            "bot_stopped",
            json!({"name": "<script>alert(1)</script> & \"friends\"", "reason": "The daily loss limit of 5 % was reached.\r\nBcc: x@y.example"}),
        ),
        (
            "ticket_answer",
            json!({"subject": "My bot sleeps", "url": "https://spindle.example/api/v1/profile/support/tickets/01a1fd10-308d-7e2e-8614-26b3299bba22"}),
        ),
        (
            "order_completed",
            json!({"pair": "BTC/USD", "side": "buy", "volume": "0.10000000", "price": "64000.50"}),
        ),
        ("account_deleted", json!({})),
    ]
}
