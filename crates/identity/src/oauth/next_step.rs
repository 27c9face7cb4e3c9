//! What has to happen with an authorization request: a login, a question, or the client's code.

use super::authorization_request::AuthorizationRequest;
use super::domain::{ApplicationType, Client, Scopes};
use super::store::session::BrowserSession;
use crate::policy::has_second_factor;

/// What has to happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The person must prove who they are.
    Login,
    /// The person must agree.
    Consent,
    /// Somebody else has signed in than the client expects.
    Another,
    /// The class of authentication that the client insists on can't be had.
    Unmet,
    /// Nothing: the client gets its code.
    Code,
}

impl AuthorizationRequest {
    /// What has to happen next, for this person in this browser, at this time.
    pub(crate) fn next_step(&self, client: &Client, at: &Situation<'_>) -> Step {
        let Some(session) = at.session else {
            return Step::Login;
        };
        // Proved since the request began: as fresh as anybody can ask for.
        let proved_for_this = at
            .begun_at_ms
            .is_some_and(|begun| session.auth_time_ms >= begun);
        let too_old = self.max_age.is_some_and(|age| {
            at.now_ms.saturating_sub(session.auth_time_ms) > age.saturating_mul(1_000)
        });
        let another = self
            .expected
            .as_ref()
            .is_some_and(|expected| *expected != session.account.to_string());
        if another && proved_for_this {
            return Step::Another;
        }
        if another || ((self.prompt.login || too_old) && !proved_for_this) {
            return Step::Login;
        }
        let reached = acr(&session.amr);
        let wanted = &self.claims.essential_acr;
        if !wanted.is_empty() && !wanted.iter().any(|acr| acr == reached) {
            // Who has got a second factor since then shows it by signing in anew.
            let within_reach = session.has_second_factor && wanted.iter().any(|acr| acr == ACR_TWO);
            return if within_reach && !proved_for_this {
                Step::Login
            } else {
                Step::Unmet
            };
        }
        let covered = at
            .consented
            .is_some_and(|consented| self.consent().is_within(consented));
        // Anybody can pass for a native application on the same machine, so its people are always asked (RFC 8252 section 8.6).
        let impersonable = client.is_public() && client.application_type == ApplicationType::Native;
        if at.agreed || (covered && !self.prompt.consent && !impersonable) {
            Step::Code
        } else {
            Step::Consent
        }
    }
}

/// What is known when the next step is looked for.
pub(crate) struct Situation<'a> {
    pub(crate) session: Option<&'a BrowserSession>,
    /// When the browser began with the request, if it has been kept.
    pub(crate) begun_at_ms: Option<i64>,
    /// What the person has agreed to before.
    pub(crate) consented: Option<&'a Scopes>,
    /// Whether the person has just agreed.
    pub(crate) agreed: bool,
    pub(crate) now_ms: i64,
}

/// Authentication with one factor, and with two.
pub(crate) const ACR_ONE: &str = "urn:spindle:acr:1fa";
pub(crate) const ACR_TWO: &str = "urn:spindle:acr:2fa";

/// The class of an authentication by these methods.
pub(crate) fn acr(amr: &[String]) -> &'static str {
    if has_second_factor(amr) {
        ACR_TWO
    } else {
        ACR_ONE
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::oauth::authorization_request::tests::{GOOD, client, read};

    fn session(auth_time_ms: i64, amr: &[&str]) -> BrowserSession {
        BrowserSession {
            account: Uuid::nil(),
            session: Uuid::nil(),
            username: "ada".into(),
            email: "ada@example.com".into(),
            auth_time_ms,
            amr: amr.iter().map(|method| (*method).to_owned()).collect(),
            has_second_factor: false,
        }
    }

    /// Insists on this class of authentication.
    fn insist(class: &str) -> String {
        format!(
            "&claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22essential%22%3Atrue%2C%22value%22%3A%22{class}%22%7D%7D%7D"
        )
    }

    /// Expects another person.
    const ANOTHER: &str =
        "&claims=%7B%22id_token%22%3A%7B%22sub%22%3A%7B%22value%22%3A%22another%22%7D%7D%7D";

    /// A request that has not been kept, 1000 s after the clock's beginning.
    fn situation<'a>(session: &'a BrowserSession, consented: &'a Scopes) -> Situation<'a> {
        Situation {
            session: Some(session),
            begun_at_ms: None,
            consented: Some(consented),
            agreed: false,
            now_ms: 1_000_000,
        }
    }

    /// What happens next with a good request and this in its query.
    fn step(client: &Client, query: &str, at: &Situation<'_>) -> Step {
        read(client, &format!("{GOOD}{query}"))
            .unwrap()
            .next_step(client, at)
    }

    #[test]
    fn who_signed_in_and_agreed_before_is_asked_for_what_the_request_wants() {
        let client = client(json!({}));
        let openid = Scopes::parse("openid");
        let session = session(0, &["pwd"]);
        let at = situation(&session, &openid);
        let claim = "&claims=%7B%22userinfo%22%3A%7B%22email%22%3Anull%7D%7D";
        for (query, expected, rule) in [
            ("", Step::Code, "signed in and agreed before"),
            ("&prompt=consent", Step::Consent, "asked again"),
            ("&prompt=login", Step::Login, "before the request"),
            ("&max_age=1000", Step::Code, "1000 s ago"),
            ("&max_age=999", Step::Login, "1000 s ago"),
            (claim, Step::Consent, "a claim of another scope"),
            (ANOTHER, Step::Login, "another person is expected"),
        ] {
            assert_eq!(step(&client, query, &at), expected, "{query} {rule}");
        }
        let at = Situation {
            session: None,
            ..at
        };
        assert_eq!(step(&client, "", &at), Step::Login, "nobody is signed in");
    }

    #[test]
    fn who_signed_in_for_the_request_is_not_asked_to_sign_in_again() {
        let client = client(json!({}));
        let openid = Scopes::parse("openid");
        for (query, auth_time_ms, expected) in [
            ("&prompt=login", 0, Step::Login),
            ("&prompt=login", 2, Step::Code),
            ("&max_age=0", 5, Step::Code),
            (ANOTHER, 2, Step::Another),
        ] {
            let session = session(auth_time_ms, &["pwd"]);
            let at = Situation {
                begun_at_ms: Some(1),
                ..situation(&session, &openid)
            };
            assert_eq!(
                step(&client, query, &at),
                expected,
                "{query} {auth_time_ms}"
            );
        }
    }

    #[test]
    fn who_has_not_agreed_is_asked_and_of_a_native_application_everybody() {
        let web = client(json!({}));
        let native =
            client(json!({"application_type": "native", "token_endpoint_auth_method": "none"}));
        let openid = Scopes::parse("openid");
        let nothing = Scopes::default();
        let session = session(0, &["pwd"]);
        for (client, consented, agreed, expected, rule) in [
            (&web, &nothing, false, Step::Consent, "never asked"),
            (&web, &nothing, true, Step::Code, "has just agreed"),
            (&native, &openid, false, Step::Consent, "may be another"),
        ] {
            let at = Situation {
                agreed,
                ..situation(&session, consented)
            };
            assert_eq!(step(client, "", &at), expected, "{rule}");
        }
    }

    #[test]
    fn a_class_within_reach_is_asked_for_once() {
        let client = client(json!({}));
        let openid = Scopes::parse("openid");
        for (class, has_second_factor, begun_at_ms, expected) in [
            (ACR_TWO, true, None, Step::Login),
            (ACR_TWO, true, Some(1), Step::Login),
            (ACR_TWO, true, Some(0), Step::Unmet),
            (ACR_TWO, false, None, Step::Unmet),
            ("another", true, None, Step::Unmet),
        ] {
            let session = BrowserSession {
                has_second_factor,
                ..session(0, &["pwd"])
            };
            let at = Situation {
                begun_at_ms,
                ..situation(&session, &openid)
            };
            assert_eq!(
                step(&client, &insist(class), &at),
                expected,
                "{class} {has_second_factor} {begun_at_ms:?}"
            );
        }
        let two = session(0, &["pwd", "otp", "mfa"]);
        assert_eq!(
            step(&client, &insist(ACR_TWO), &situation(&two, &openid)),
            Step::Code
        );
    }
}
