//! What the private component answers, over real HTTP to the simulator.

use contracts::exchange::exchange as wire;
use kraken_simulator::{Config, Fault, FaultKind, IssuedKey, KeyEdit, KeySpec, Simulator, TRADING};
use spindle_kraken::{BaseUrl, Client, Service};

use crate::FIRST;
use crate::network::Network;

fn test_keyring() -> vault::Keyring {
    vault::Keyring::parse("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
}

const NOW: i64 = 1_700_000_000;

struct Stage {
    simulator: Simulator,
    service: Service<Network, vault::Keyring>,
}

impl Stage {
    async fn new() -> Self {
        let simulator = Simulator::start_with(Config::default()).await.unwrap();
        let client = Client::new(
            Network::new(),
            BaseUrl::parse(&simulator.base_url()).unwrap(),
        );
        Self {
            simulator,
            service: Service::new(client, test_keyring()),
        }
    }

    fn key(&self, permissions: &[&str]) -> IssuedKey {
        self.simulator
            .issue_key(KeySpec::with(permissions))
            .unwrap()
    }

    async fn connect(
        &self,
        key: &IssuedKey,
        mode: wire::Mode,
    ) -> Result<wire::Connected, wire::Failure> {
        let request = wire::Request::Connect(wire::Connect {
            binding: binding("owner-1"),
            credentials: wire::Credentials {
                api_key: key.api_key.clone(),
                api_secret: key.api_secret.clone(),
            },
            mode,
            nonce: FIRST,
        });
        match self.service.call(request, NOW).await? {
            wire::Response::Connected(connected) => Ok(connected),
            other => panic!("{other:?}"),
        }
    }
}

fn binding(owner: &str) -> wire::KeyBinding {
    wire::KeyBinding {
        owner: owner.to_owned(),
        key_id: "row-1".to_owned(),
    }
}

fn check(connected: &wire::Connected, owner: &str, nonce: u64) -> wire::Check {
    wire::Check {
        binding: binding(owner),
        sealed_key: connected.sealed_key.clone(),
        sealed_secret: connected.sealed_secret.clone(),
        mode: wire::Mode::Trade,
        nonce,
    }
}

fn authority(check: &wire::Check) -> wire::Authority {
    wire::Authority {
        binding: check.binding.clone(),
        sealed_key: check.sealed_key.clone(),
        sealed_secret: check.sealed_secret.clone(),
        nonce: check.nonce,
    }
}

#[tokio::test]
async fn a_verified_key_comes_back_sealed_and_no_answer_holds_its_secret() {
    let stage = Stage::new().await;
    let key = stage.key(&TRADING);
    let connected = stage.connect(&key, wire::Mode::Trade).await.unwrap();
    assert!(key.api_key.ends_with(&connected.last4));
    assert_eq!(connected.report.verified_by, "info");
    assert_eq!(connected.report.permissions.len(), TRADING.len());
    assert_eq!(connected.report.last_nonce, FIRST);
    assert!(connected.report.account_fingerprint.is_some());
    let text = serde_json::to_string(&wire::Response::Connected(connected)).unwrap();
    assert!(!text.contains(&key.api_secret) && !text.contains(&key.api_key));
}

#[tokio::test]
async fn the_same_key_has_the_same_fingerprint() {
    let stage = Stage::new().await;
    let (one, other) = (stage.key(&TRADING), stage.key(&TRADING));
    let first = stage.connect(&one, wire::Mode::Trade).await.unwrap();
    let second = stage.connect(&other, wire::Mode::Trade).await.unwrap();
    assert_ne!(first.fingerprint, second.fingerprint);
    let stage = Stage::new().await;
    let again = stage.key(&TRADING);
    assert_eq!(again.api_key, one.api_key, "the simulator counts anew");
    let again = stage.connect(&again, wire::Mode::Trade).await.unwrap();
    assert_eq!(again.fingerprint, first.fingerprint);
    assert_eq!(
        again.report.account_fingerprint,
        first.report.account_fingerprint
    );
}

#[tokio::test]
async fn a_key_that_may_withdraw_is_refused_with_the_box_to_untick_and_never_sealed() {
    let stage = Stage::new().await;
    let key = stage.key(&[&TRADING[..4], &["withdraw-funds", "new-thing"]].concat());
    let wire::Failure::Refused(refusal) = stage.connect(&key, wire::Mode::Trade).await.unwrap_err()
    else {
        panic!("not refused");
    };
    assert_eq!(refusal.forbidden, ["withdraw-funds"]);
    assert_eq!(refusal.missing, ["close-trades"]);
    assert_eq!(refusal.unknown, ["new-thing"]);
    let held = [&TRADING[..4], &["withdraw-funds", "new-thing"]].concat();
    assert_eq!(refusal.permissions, held);
    assert_eq!(refusal.verified_by, "info");
    assert!(refusal.advice.contains("Withdraw"), "{}", refusal.advice);
}

#[tokio::test]
async fn every_failure_has_its_own_kind() {
    let stage = Stage::new().await;
    type Told = fn(&wire::Failure) -> bool;
    let cases: [(FaultKind, Told); 5] = [
        (said("EAPI:Invalid key"), |failure| {
            matches!(failure, wire::Failure::CredentialsInvalid(_))
        }),
        (said("EAPI:Invalid nonce"), |failure| {
            matches!(failure, wire::Failure::NonceConflict(_))
        }),
        (said("EGeneral:Temporary lockout"), |failure| {
            matches!(failure, wire::Failure::LockedOut(_))
        }),
        (said("EAPI:Rate limit exceeded"), |failure| {
            matches!(failure, wire::Failure::RateLimited(_))
        }),
        (FaultKind::DropBefore, |failure| {
            matches!(failure, wire::Failure::Unreachable(_))
        }),
    ];
    for (fault, expected) in cases {
        let key = stage.key(&TRADING);
        let told = format!("{fault:?}");
        stage
            .simulator
            .plan_fault(Fault::next(fault).by(&key.api_key));
        let failure = stage.connect(&key, wire::Mode::Trade).await.unwrap_err();
        assert!(expected(&failure), "{told} became {failure:?}");
    }
}

fn said(error: &str) -> FaultKind {
    FaultKind::Error {
        error: error.to_owned(),
    }
}

#[tokio::test]
async fn a_rotation_of_master_keys_changes_no_fingerprint_and_loses_no_key() {
    const SECOND: &str = "2:ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A=";
    const FIRST_KEY: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let stage = Stage::new().await;
    let key = stage.key(&TRADING);
    let before = stage.connect(&key, wire::Mode::Trade).await.unwrap();
    let rotated = |keys: &str| {
        let base = BaseUrl::parse(&stage.simulator.base_url()).unwrap();
        let keyring = vault::Keyring::parse(keys).unwrap();
        Service::new(Client::new(Network::new(), base), keyring)
    };
    let both = rotated(&format!("{SECOND},{FIRST_KEY}"));
    let rewrap = wire::Request::Rewrap(check(&before, "owner-1", 0));
    let wire::Response::Rewrapped(new) = both.call(rewrap, NOW).await.unwrap() else {
        panic!("not rewrapped");
    };
    let again = wire::Request::Connect(wire::Connect {
        binding: binding("owner-1"),
        credentials: wire::Credentials {
            api_key: key.api_key.clone(),
            api_secret: key.api_secret.clone(),
        },
        mode: wire::Mode::Trade,
        nonce: FIRST + 10,
    });
    let wire::Response::Connected(after) = both.call(again, NOW).await.unwrap() else {
        panic!("not connected");
    };
    assert_eq!(after.fingerprint, before.fingerprint);
    assert_eq!(
        after.report.account_fingerprint,
        before.report.account_fingerprint
    );
    // Wrapped anew, it opens without the old master key.
    let alone = rotated(SECOND);
    let moved = wire::Connected {
        sealed_key: new.sealed_key,
        sealed_secret: new.sealed_secret,
        ..before.clone()
    };
    let balances = |connected: &wire::Connected, nonce| {
        wire::Request::Balances(authority(&check(connected, "owner-1", nonce)))
    };
    assert!(alone.call(balances(&moved, FIRST + 20), NOW).await.is_ok());
    assert_eq!(
        alone.call(balances(&before, FIRST + 30), NOW).await,
        Err(wire::Failure::NotAuthentic)
    );
}

#[tokio::test]
async fn what_is_not_a_key_is_not_sent() {
    let stage = Stage::new().await;
    let mut key = stage.key(&TRADING);
    key.api_secret = "not base64!".to_owned();
    let failure = stage.connect(&key, wire::Mode::Read).await.unwrap_err();
    assert!(matches!(failure, wire::Failure::CredentialsInvalid(_)));
    assert!(stage.simulator.journal().is_empty());
}

#[tokio::test]
async fn a_sealed_key_works_for_its_owner_alone() {
    let stage = Stage::new().await;
    let key = stage.key(&TRADING);
    let connected = stage.connect(&key, wire::Mode::Trade).await.unwrap();
    let own = wire::Request::Check(check(&connected, "owner-1", FIRST + 1));
    let wire::Response::Checked(report) = stage.service.call(own, NOW).await.unwrap() else {
        panic!("not checked");
    };
    assert_eq!(report.last_nonce, FIRST + 1);

    let asked = stage.simulator.journal().len();
    let foreign = check(&connected, "owner-2", FIRST + 2);
    let mut swapped = check(&connected, "owner-1", FIRST + 2);
    std::mem::swap(&mut swapped.sealed_key, &mut swapped.sealed_secret);
    for request in [
        wire::Request::Check(foreign.clone()),
        wire::Request::Balances(authority(&foreign)),
        wire::Request::Check(swapped),
    ] {
        let failure = stage.service.call(request, NOW).await.unwrap_err();
        assert_eq!(failure, wire::Failure::NotAuthentic);
    }
    assert_eq!(stage.simulator.journal().len(), asked, "nothing was sent");
}

#[tokio::test]
async fn a_check_finds_permissions_that_were_added_later() {
    let stage = Stage::new().await;
    let key = stage.key(&TRADING);
    let connected = stage.connect(&key, wire::Mode::Trade).await.unwrap();
    let edit = KeyEdit {
        api_key: key.api_key.clone(),
        permissions: Some(
            [&TRADING[..], &["withdraw-funds"]]
                .concat()
                .into_iter()
                .map(str::to_owned)
                .collect(),
        ),
        ..KeyEdit::default()
    };
    stage.simulator.edit_key(edit).unwrap();
    let request = wire::Request::Check(check(&connected, "owner-1", FIRST + 1));
    let failure = stage.service.call(request, NOW).await.unwrap_err();
    assert!(
        matches!(&failure, wire::Failure::Refused(refusal) if refusal.forbidden == ["withdraw-funds"]),
        "{failure:?}"
    );
}

#[tokio::test]
async fn balances_and_tickers_are_decimal_strings() {
    let stage = Stage::new().await;
    let key = stage.key(&TRADING);
    let connected = stage.connect(&key, wire::Mode::Trade).await.unwrap();
    let request = wire::Request::Balances(authority(&check(&connected, "owner-1", FIRST + 1)));
    let wire::Response::Balances(balances) = stage.service.call(request, NOW).await.unwrap() else {
        panic!("not balances");
    };
    assert!(!balances.is_empty());
    for balance in &balances {
        assert!(
            balance.total.parse::<rust_decimal::Decimal>().is_ok(),
            "{balance:?}"
        );
    }
    let request = wire::Request::Tickers(vec!["XBTUSD".to_owned()]);
    let wire::Response::Tickers(tickers) = stage.service.call(request, NOW).await.unwrap() else {
        panic!("not tickers");
    };
    assert_eq!(tickers.len(), 1);
    assert!(tickers[0].bid.parse::<rust_decimal::Decimal>().unwrap() > rust_decimal::Decimal::ZERO);
    let many = wire::Request::Tickers(vec!["XBTUSD".to_owned(); 101]);
    assert!(matches!(
        stage.service.call(many, NOW).await,
        Err(wire::Failure::Rejected(_))
    ));
}
