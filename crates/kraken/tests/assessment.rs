//! The assessment against answers that no honest exchange gives, or gives seldom.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

use std::cell::RefCell;
use std::collections::VecDeque;

use spindle_kraken::{
    BaseUrl, Client, Credentials, Failure, HttpCall, HttpReply, KeyReport, Mode, Nonce, Permission,
    Transport, TransportError, VerifiedBy, assess,
};

const KEY: &str = "the-key-that-is-asked-about";
const SECRET: &str =
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";
const NOW: i64 = 1_700_000_000;

const UNKNOWN_METHOD: (u16, &str) = (200, r#"{"error":["EGeneral:Unknown method"]}"#);
const DENIED: (u16, &str) = (200, r#"{"error":["EGeneral:Permission denied"]}"#);
const DONE: (u16, &str) = (200, r#"{"error":[],"result":{}}"#);

/// Answers in turn, and keeps what it was asked.
struct Script {
    answers: RefCell<VecDeque<(u16, String)>>,
    asked: RefCell<Vec<(String, String)>>,
}

impl Transport for &Script {
    async fn send(&self, call: HttpCall) -> Result<HttpReply, TransportError> {
        let body = String::from_utf8(call.body().clone()).unwrap();
        self.asked
            .borrow_mut()
            .push((call.uri().path().to_owned(), body));
        let (status, body) = self
            .answers
            .borrow_mut()
            .pop_front()
            .expect("no call too many");
        Ok(http::Response::builder()
            .status(status)
            .body(body.into_bytes())
            .unwrap())
    }
}

type Asked = Vec<(String, String)>;

async fn played(answers: &[(u16, &str)], mode: Mode) -> (Result<KeyReport, Failure>, Asked) {
    let answers = answers
        .iter()
        .map(|(status, body)| (*status, (*body).to_owned()))
        .collect();
    let script = Script {
        answers: RefCell::new(answers),
        asked: RefCell::default(),
    };
    let client = Client::new(&script, BaseUrl::parse("https://api.kraken.com").unwrap());
    let credentials = Credentials::parse(KEY, SECRET).unwrap();
    let result = assess(&client, &credentials, mode, Nonce::from(100), NOW).await;
    (result, script.asked.into_inner())
}

async fn verdict(answers: &[(u16, &str)], mode: Mode) -> Result<KeyReport, Failure> {
    played(answers, mode).await.0
}

/// An answer of `GetApiKeyInfo` for a reading key, with more members.
fn info(more: &str) -> (u16, String) {
    let permissions = r#"["query-funds","query-open-trades","query-closed-trades"]"#;
    (
        200,
        format!(r#"{{"error":[],"result":{{"permissions":{permissions}{more}}}}}"#),
    )
}

#[tokio::test]
async fn an_answer_about_another_key_is_none() {
    for (more, accepted) in [
        (r#","apiKey":"the-key-that-is-asked-about""#, true),
        (r#","apiKey":"another-key""#, false),
        (r#","apiKey":"""#, false),
        ("", true),
    ] {
        let (status, body) = info(more);
        let result = verdict(&[(status, &body)], Mode::Read).await;
        assert_eq!(result.is_ok(), accepted, "{more}: {result:?}");
    }
}

#[tokio::test]
async fn a_key_ends_with_the_second_it_is_valid_until() {
    for (until, expired) in [
        ("1699999999", true),
        ("1700000000", true),
        ("1700000001", false),
        ("0", false),
    ] {
        let (status, body) = info(&format!(r#","validUntil":"{until}""#));
        let result = verdict(&[(status, &body)], Mode::Read).await;
        assert_eq!(result.err() == Some(Failure::Expired), expired, "{until}");
    }
}

#[tokio::test]
async fn an_answer_without_permissions_leads_to_probes() {
    for first in [
        UNKNOWN_METHOD,
        DONE,
        (200, r#"{"error":[],"result":{"permissions":null}}"#),
    ] {
        let (result, asked) = played(&[first, DONE, DENIED, DONE], Mode::Trade).await;
        assert_eq!(result.unwrap().verified_by, VerifiedBy::Probe);
        let paths: Vec<&str> = asked
            .iter()
            .map(|(path, _)| path.rsplit('/').next().unwrap())
            .collect();
        assert_eq!(
            paths,
            ["GetApiKeyInfo", "Balance", "WithdrawMethods", "AddOrder"]
        );
        let nonces: Vec<bool> = (100..)
            .zip(&asked)
            .map(|(nonce, (_, body))| body.split('&').next() == Some(&format!("nonce={nonce}")))
            .collect();
        assert_eq!(nonces, [true; 4], "{asked:?}");
        assert!(asked[3].1.contains("validate=true"));
    }
}

#[tokio::test]
async fn no_permissions_at_all_are_known_and_too_few() {
    let result = verdict(
        &[(200, r#"{"error":[],"result":{"permissions":[]}}"#)],
        Mode::Read,
    )
    .await;
    assert!(
        matches!(&result, Err(Failure::Refused(review)) if review.missing.len() == 3),
        "{result:?}"
    );
}

#[tokio::test]
async fn nonsense_is_no_verdict() {
    let nonsense = [
        (200, "<html>"),
        (200, "{}"),
        (200, r#"{"error":[],"result":7}"#),
        (
            200,
            r#"{"error":[],"result":{"permissions":"query-funds"}}"#,
        ),
        (200, r#"{"error":"EGeneral:Unknown method"}"#),
        (302, ""),
        (
            500,
            r#"{"error":[],"result":{"permissions":["query-funds"]}}"#,
        ),
    ];
    for answer in nonsense {
        let result = verdict(&[answer], Mode::Read).await;
        assert!(
            matches!(result, Err(Failure::Unreachable { .. })),
            "{answer:?}: {result:?}"
        );
    }
}

#[tokio::test]
async fn only_a_plain_denial_shows_that_a_key_cannot_withdraw() {
    let others = [
        r#"{"error":["EAPI:Rate limit exceeded"]}"#,
        r#"{"error":["EService:Unavailable"]}"#,
        r#"{"error":["EGeneral:Unknown method"]}"#,
        r#"{"error":["EGeneral:Invalid arguments:asset"]}"#,
        r#"{"error":["EAuth:Account temporary disabled"]}"#,
        r#"{"error":["EAPI:Invalid nonce"]}"#,
    ];
    for answer in others {
        let result = verdict(&[UNKNOWN_METHOD, DONE, (200, answer)], Mode::Trade).await;
        assert!(
            result.is_err() && !matches!(result, Err(Failure::Refused(_))),
            "{answer}: {result:?}"
        );
    }
    for has in [
        r#"{"error":[],"result":[]}"#,
        r#"{"error":["EFunding:No funding method"]}"#,
    ] {
        let result = verdict(&[UNKNOWN_METHOD, DONE, (200, has)], Mode::Trade).await;
        let Err(Failure::Refused(review)) = result else {
            panic!("{has}: {result:?}")
        };
        assert_eq!(review.forbidden, [Permission::WithdrawFunds]);
        // What the probes have shown.
        assert_eq!(
            review.held,
            [Permission::QueryFunds, Permission::WithdrawFunds]
        );
        assert_eq!(review.verified_by, VerifiedBy::Probe);
    }
}

#[tokio::test]
async fn an_order_that_would_be_refused_was_permitted() {
    let short = (200, r#"{"error":["EOrder:Insufficient funds"]}"#);
    assert!(
        verdict(&[UNKNOWN_METHOD, DONE, DENIED, short], Mode::Trade)
            .await
            .is_ok()
    );
    // A closed market says nothing about the key.
    let closed = (200, r#"{"error":["EService:Market in cancel_only mode"]}"#);
    assert!(
        verdict(&[UNKNOWN_METHOD, DONE, DENIED, closed], Mode::Trade)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_first_answer_that_decides_ends_the_questions() {
    for (answer, expected) in [
        (
            r#"{"error":["EAPI:Invalid nonce"]}"#,
            Failure::NonceConflict,
        ),
        (
            r#"{"error":["EGeneral:Temporary lockout"]}"#,
            Failure::LockedOut,
        ),
        (
            r#"{"error":["EAPI:Rate limit exceeded"]}"#,
            Failure::RateLimited,
        ),
        (
            r#"{"error":["EAPI:Invalid key"]}"#,
            Failure::CredentialsInvalid {
                said: "EAPI:Invalid key".to_owned(),
            },
        ),
        (
            r#"{"error":["EGeneral:Permission denied"]}"#,
            Failure::Denied {
                said: "EGeneral:Permission denied".to_owned(),
            },
        ),
    ] {
        let (result, asked) = played(&[(200, answer)], Mode::Trade).await;
        assert_eq!((result.err(), asked.len()), (Some(expected), 1), "{answer}");
    }
}
