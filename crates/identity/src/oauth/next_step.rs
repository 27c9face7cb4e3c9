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

    #[test]
    fn a_class_within_reach_is_asked_for_once() {
        let client = client(json!({}));
        let wants = |class: &str| {
            format!(
                "{GOOD}&claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22essential%22%3Atrue%2C%22value%22%3A%22{class}%22%7D%7D%7D"
            )
        };
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
            let situation = Situation {
                session: Some(&session),
                begun_at_ms,
                consented: Some(&openid),
                agreed: false,
                now_ms: 1_000_000,
            };
            let request = read(&client, &wants(class)).unwrap();
            assert_eq!(
                request.next_step(&client, &situation),
                expected,
                "{class} {has_second_factor} {begun_at_ms:?}"
            );
        }
    }

    #[test]
    fn what_happens_next() {
        let web = client(json!({}));
        let native =
            client(json!({"application_type": "native", "token_endpoint_auth_method": "none"}));
        let now = 1_000_000;
        let openid = Scopes::parse("openid");
        let nothing = Scopes::default();
        let acr = "&claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22essential%22%3Atrue%2C%22value%22%3A%22urn%3Aspindle%3Aacr%3A2fa%22%7D%7D%7D";
        let claim = "&claims=%7B%22userinfo%22%3A%7B%22email%22%3Anull%7D%7D";
        let sub =
            "&claims=%7B%22id_token%22%3A%7B%22sub%22%3A%7B%22value%22%3A%22another%22%7D%7D%7D";
        // Query, client, signed in at, methods, begun at, consented, agreed.
        type Case<'a> = (
            &'a str,
            &'a Client,
            Option<i64>,
            &'a [&'a str],
            Option<i64>,
            &'a Scopes,
            bool,
            Step,
            &'a str,
        );
        let cases: &[Case<'_>] = &[
            (
                "",
                &web,
                None,
                &[],
                None,
                &openid,
                false,
                Step::Login,
                "nobody is signed in",
            ),
            (
                "",
                &web,
                Some(0),
                &["pwd"],
                None,
                &openid,
                false,
                Step::Code,
                "signed in and agreed before",
            ),
            (
                "",
                &web,
                Some(0),
                &["pwd"],
                None,
                &nothing,
                false,
                Step::Consent,
                "never asked",
            ),
            (
                "",
                &web,
                Some(0),
                &["pwd"],
                None,
                &nothing,
                true,
                Step::Code,
                "has just agreed",
            ),
            (
                "",
                &native,
                Some(0),
                &["pwd"],
                None,
                &openid,
                false,
                Step::Consent,
                "could be any program",
            ),
            (
                "&prompt=consent",
                &web,
                Some(0),
                &["pwd"],
                None,
                &openid,
                false,
                Step::Consent,
                "asked again",
            ),
            (
                "&prompt=login",
                &web,
                Some(0),
                &["pwd"],
                None,
                &openid,
                false,
                Step::Login,
                "before the request",
            ),
            (
                "&prompt=login",
                &web,
                Some(0),
                &["pwd"],
                Some(1),
                &openid,
                false,
                Step::Login,
                "before the request",
            ),
            (
                "&prompt=login",
                &web,
                Some(2),
                &["pwd"],
                Some(1),
                &openid,
                false,
                Step::Code,
                "for the request",
            ),
            (
                "&max_age=1000",
                &web,
                Some(0),
                &["pwd"],
                None,
                &openid,
                false,
                Step::Code,
                "1000 s ago",
            ),
            (
                "&max_age=999",
                &web,
                Some(0),
                &["pwd"],
                None,
                &openid,
                false,
                Step::Login,
                "1000 s ago",
            ),
            (
                "&max_age=0",
                &web,
                Some(5),
                &["pwd"],
                Some(1),
                &openid,
                false,
                Step::Code,
                "for the request",
            ),
            (
                acr,
                &web,
                Some(0),
                &["pwd"],
                None,
                &openid,
                false,
                Step::Unmet,
                "one factor",
            ),
            (
                acr,
                &web,
                Some(0),
                &["pwd", "otp", "mfa"],
                None,
                &openid,
                false,
                Step::Code,
                "two factors",
            ),
            (
                claim,
                &web,
                Some(0),
                &["pwd"],
                None,
                &openid,
                false,
                Step::Consent,
                "a claim of another scope",
            ),
            (
                sub,
                &web,
                Some(0),
                &["pwd"],
                None,
                &openid,
                false,
                Step::Login,
                "another person is expected",
            ),
            (
                sub,
                &web,
                Some(2),
                &["pwd"],
                Some(1),
                &openid,
                false,
                Step::Another,
                "another person than is expected",
            ),
        ];
        for (query, client, at, amr, begun_at_ms, consented, agreed, expected, rule) in cases {
            let request = read(client, &format!("{GOOD}{query}")).unwrap();
            let session = at.map(|at| session(at, amr));
            let situation = Situation {
                session: session.as_ref(),
                begun_at_ms: *begun_at_ms,
                consented: Some(consented),
                agreed: *agreed,
                now_ms: now,
            };
            assert_eq!(
                request.next_step(client, &situation),
                *expected,
                "{query} {rule}"
            );
        }
    }
}
