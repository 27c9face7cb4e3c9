//! Scripts of pages. Each is a file of its own and the only one that its page's policy allows: no page may run what stands in it.

use axum::response::{IntoResponse, Response};
use http::header;

/// A script, which holds nothing of the request.
#[derive(Clone, Copy)]
pub(crate) struct Script {
    pub(crate) path: &'static str,
    text: &'static str,
}

/// For the page that asks for a passkey.
pub(crate) const PASSKEY: Script = Script {
    path: "/oauth2/passkey.js",
    text: include_str!("passkey.js"),
};

/// For the page that a link about a forgotten password leads to.
pub(crate) const PASSWORD_RESET: Script = Script {
    path: "/oauth2/password-reset.js",
    text: include_str!("password_reset.js"),
};

/// `GET /oauth2/passkey.js`.
pub(crate) async fn passkey() -> Response {
    PASSKEY.file()
}

/// `GET /oauth2/password-reset.js`.
pub(crate) async fn password_reset() -> Response {
    PASSWORD_RESET.file()
}

impl Script {
    /// Asked for anew each time, so that it is the one that its page was made for.
    fn file(self) -> Response {
        (
            [
                (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
                (header::CACHE_CONTROL, "no-cache"),
            ],
            self.text,
        )
            .into_response()
    }
}
