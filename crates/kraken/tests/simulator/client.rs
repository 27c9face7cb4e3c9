//! The client against the simulator, over real HTTP.

use kraken_simulator::{Config, Fault, FaultKind, IssuedKey, KeyEdit, KeySpec, Simulator, TRADING};
use spindle_kraken::{
    BaseUrl, Client, Credentials, Failure, KeyReport, Mode, Nonce, Permission, VerifiedBy, Warning,
    assess,
};

use crate::FIRST;
use crate::network::Network;

const NOW: i64 = 1_700_000_000;
const READING: [&str; 3] = ["query-funds", "query-open-trades", "query-closed-trades"];

struct Stage {
    simulator: Simulator,
    client: Client<Network>,
}

impl Stage {
    async fn new() -> Self {
        let simulator = Simulator::start_with(Config::default()).await.unwrap();
        let base = BaseUrl::parse(&simulator.base_url()).unwrap();
        Self {
            simulator,
            client: Client::new(Network::new(), base),
        }
    }

    fn key(&self, permissions: &[&str]) -> IssuedKey {
        self.simulator
            .issue_key(KeySpec::with(permissions))
            .unwrap()
    }

    async fn assess(&self, key: &IssuedKey, mode: Mode, nonce: u64) -> Result<KeyReport, Failure> {
        assess(
            &self.client,
            &credentials(key),
            mode,
            Nonce::from(nonce),
            NOW,
        )
        .await
    }

    /// Assesses a fresh key where Kraken does not offer `GetApiKeyInfo`.
    async fn probe(&self, permissions: &[&str], mode: Mode) -> Result<KeyReport, Failure> {
        let key = self.key(permissions);
        let unknown = FaultKind::Error {
            error: "EGeneral:Unknown method".to_owned(),
        };
        self.simulator
            .plan_fault(Fault::next(unknown).on("GetApiKeyInfo").by(&key.api_key));
        self.assess(&key, mode, FIRST).await
    }

    fn asked(&self) -> Vec<String> {
        self.simulator
            .journal()
            .into_iter()
            .map(|entry| entry.endpoint)
            .collect()
    }
}

fn credentials(key: &IssuedKey) -> Credentials {
    Credentials::parse(&key.api_key, &key.api_secret).unwrap()
}

fn with<'a>(base: &[&'a str], extra: &[&'a str]) -> Vec<&'a str> {
    [base, extra].concat()
}

fn refused(result: Result<KeyReport, Failure>) -> (Vec<Permission>, Vec<Permission>, Vec<String>) {
    match result {
        Err(Failure::Refused(review)) => (review.forbidden, review.missing, review.unknown),
        other => panic!("not refused for its permissions: {other:?}"),
    }
}

#[tokio::test]
async fn a_trading_key_is_accepted_with_one_call() {
    let stage = Stage::new().await;
    let report = stage
        .assess(&stage.key(&TRADING), Mode::Trade, FIRST)
        .await
        .unwrap();
    assert_eq!(report.permissions.len(), 5);
    assert_eq!(report.verified_by, VerifiedBy::Info);
    assert_eq!(report.warnings, [Warning::NoIpAllowlist]);
    assert_eq!(report.last_nonce.get(), FIRST);
    assert!(
        report.account.is_some() && report.modified_at.is_some() && report.valid_until.is_none()
    );
    assert_eq!(stage.asked(), ["GetApiKeyInfo"]);
}

#[tokio::test]
async fn a_key_that_can_withdraw_is_refused_whichever_way_it_is_learnt() {
    let stage = Stage::new().await;
    let permissions = with(&TRADING, &["withdraw-funds"]);
    for mode in [Mode::Read, Mode::Trade] {
        let listed = refused(stage.assess(&stage.key(&permissions), mode, FIRST).await);
        assert_eq!(listed.0, [Permission::WithdrawFunds]);
        let probed = refused(stage.probe(&permissions, mode).await);
        assert_eq!(probed.0, [Permission::WithdrawFunds]);
    }
    assert!(!stage.asked().contains(&"Withdraw".to_owned()));
}

#[tokio::test]
async fn a_key_that_can_only_withdraw_is_refused_whichever_way_it_is_learnt() {
    let stage = Stage::new().await;
    let listed = refused(
        stage
            .assess(&stage.key(&["withdraw-funds"]), Mode::Read, FIRST)
            .await,
    );
    assert_eq!(listed.0, [Permission::WithdrawFunds]);
    // The exchange denies it WithdrawMethods too; asking for Balance first is what saves us.
    let probed = refused(stage.probe(&["withdraw-funds"], Mode::Read).await);
    assert_eq!(probed.1, [Permission::QueryFunds]);
}

#[tokio::test]
async fn address_permissions_unknown_and_missing_ones_are_refused() {
    let stage = Stage::new().await;
    for name in ["add-withdraw-address", "update-withdraw-address"] {
        let key = stage.key(&with(&READING, &[name]));
        assert_eq!(
            refused(stage.assess(&key, Mode::Read, FIRST).await).0,
            [name.parse().unwrap()]
        );
    }
    let unknown = stage.key(&with(&READING, &["lend-funds"]));
    assert_eq!(
        refused(stage.assess(&unknown, Mode::Read, FIRST).await).2,
        ["lend-funds"]
    );
    let reading = stage.key(&READING);
    let missing = refused(stage.assess(&reading, Mode::Trade, FIRST).await).1;
    assert_eq!(missing, [Permission::ModifyTrades, Permission::CloseTrades]);
}

#[tokio::test]
async fn probes_accept_what_they_can_show_and_say_what_they_cannot() {
    let stage = Stage::new().await;
    let report = stage.probe(&TRADING, Mode::Trade).await.unwrap();
    assert_eq!(report.verified_by, VerifiedBy::Probe);
    assert_eq!(
        report.permissions,
        [Permission::QueryFunds, Permission::ModifyTrades]
    );
    assert!(
        matches!(report.warnings.as_slice(), [Warning::NotShown(permissions)] if permissions.len() == 3)
    );
    assert_eq!(report.last_nonce.get(), FIRST + 3);
    assert_eq!(
        stage.asked(),
        ["GetApiKeyInfo", "Balance", "WithdrawMethods", "AddOrder"]
    );

    assert_eq!(
        refused(stage.probe(&READING, Mode::Trade).await).1,
        [Permission::ModifyTrades]
    );
    assert_eq!(
        refused(stage.probe(&["query-funds"], Mode::Read).await).1,
        [Permission::QueryOpenTrades]
    );
    assert!(stage.probe(&READING, Mode::Read).await.is_ok());
}

#[tokio::test]
async fn the_order_probe_places_nothing() {
    let stage = Stage::new().await;
    let key = stage.key(&TRADING);
    let before = stage
        .client
        .balances(&credentials(&key), Nonce::from(1))
        .await
        .unwrap();
    let unknown = FaultKind::Error {
        error: "EGeneral:Unknown method".to_owned(),
    };
    stage
        .simulator
        .plan_fault(Fault::next(unknown).on("GetApiKeyInfo"));
    stage.assess(&key, Mode::Trade, FIRST).await.unwrap();
    let after = stage
        .client
        .balances(&credentials(&key), Nonce::from(FIRST + 9))
        .await
        .unwrap();
    assert_eq!(before, after);
    assert!(after.iter().all(|balance| balance.held.is_zero()));
}

#[tokio::test]
async fn an_interrupted_probe_is_no_verdict() {
    let stage = Stage::new().await;
    let failures = [
        FaultKind::Http { status: 502 },
        FaultKind::HttpAfter { status: 520 },
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Error {
            error: "EService:Busy".to_owned(),
        },
        FaultKind::Error {
            error: "EService:Unavailable".to_owned(),
        },
    ];
    for failure in failures {
        for endpoint in ["GetApiKeyInfo", "Balance", "WithdrawMethods", "AddOrder"] {
            let key = stage.key(&TRADING);
            if endpoint != "GetApiKeyInfo" {
                let unknown = FaultKind::Error {
                    error: "EGeneral:Unknown method".to_owned(),
                };
                stage
                    .simulator
                    .plan_fault(Fault::next(unknown).on("GetApiKeyInfo").by(&key.api_key));
            }
            stage
                .simulator
                .plan_fault(Fault::next(failure.clone()).on(endpoint).by(&key.api_key));
            let result = stage.assess(&key, Mode::Trade, FIRST).await;
            assert!(
                matches!(result, Err(Failure::Unreachable { .. })),
                "{failure:?} on {endpoint}: {result:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_unlisted_error_of_a_probe_is_no_verdict() {
    let stage = Stage::new().await;
    for endpoint in ["Balance", "WithdrawMethods", "AddOrder"] {
        let key = stage.key(&TRADING);
        for (endpoint, error) in [
            ("GetApiKeyInfo", "EGeneral:Unknown method"),
            (endpoint, "EGeneral:Something new"),
        ] {
            let kind = FaultKind::Error {
                error: error.to_owned(),
            };
            stage
                .simulator
                .plan_fault(Fault::next(kind).on(endpoint).by(&key.api_key));
        }
        let result = stage.assess(&key, Mode::Trade, FIRST).await;
        assert_eq!(
            result.err(),
            Some(Failure::Rejected {
                said: "EGeneral:Something new".to_owned()
            }),
            "{endpoint}"
        );
    }
}

#[tokio::test]
async fn wrong_credentials_are_told_apart_from_trouble() {
    let stage = Stage::new().await;
    let key = stage.key(&TRADING);
    let other = stage.key(&TRADING);

    let swapped = IssuedKey {
        api_secret: other.api_secret,
        ..key.clone()
    };
    let said = |text: &str| {
        Some(Failure::CredentialsInvalid {
            said: text.to_owned(),
        })
    };
    assert_eq!(
        stage.assess(&swapped, Mode::Trade, FIRST).await.err(),
        said("EAPI:Invalid signature")
    );

    let unknown = IssuedKey {
        api_key: "no-such-key".to_owned(),
        ..key.clone()
    };
    for _ in 0..5 {
        assert_eq!(
            stage.assess(&unknown, Mode::Trade, FIRST).await.err(),
            said("EAPI:Invalid key")
        );
    }
    assert_eq!(
        stage.assess(&unknown, Mode::Trade, FIRST).await.err(),
        Some(Failure::LockedOut)
    );

    assert!(stage.assess(&key, Mode::Trade, FIRST).await.is_ok());
    assert_eq!(
        stage.assess(&key, Mode::Trade, FIRST).await.err(),
        Some(Failure::NonceConflict)
    );
    assert!(stage.assess(&key, Mode::Trade, FIRST + 1).await.is_ok());
}

#[tokio::test]
async fn a_key_with_an_end_is_accepted_until_then() {
    let stage = Stage::new().await;
    let far = KeySpec {
        valid_until: 4_000_000_000,
        ..KeySpec::with(&TRADING)
    };
    let key = stage.simulator.issue_key(far).unwrap();
    assert_eq!(
        stage
            .assess(&key, Mode::Trade, FIRST)
            .await
            .unwrap()
            .valid_until,
        Some(4_000_000_000)
    );
    // A clock behind the exchange's: by ours it is over.
    let late = assess(
        &stage.client,
        &credentials(&key),
        Mode::Trade,
        Nonce::from(FIRST + 1),
        4_000_000_000,
    )
    .await;
    assert_eq!(late.err(), Some(Failure::Expired));
}

#[tokio::test]
async fn drift_is_seen_the_next_time() {
    let stage = Stage::new().await;
    let key = stage.key(&TRADING);
    stage.assess(&key, Mode::Trade, FIRST).await.unwrap();
    let permissions = with(&TRADING, &["withdraw-funds"])
        .into_iter()
        .map(str::to_owned)
        .collect();
    let edit = KeyEdit {
        api_key: key.api_key.clone(),
        permissions: Some(permissions),
        ..KeyEdit::default()
    };
    stage.simulator.edit_key(edit).unwrap();
    assert_eq!(
        refused(stage.assess(&key, Mode::Trade, FIRST + 1).await).0,
        [Permission::WithdrawFunds]
    );
}

#[tokio::test]
async fn settings_of_the_key_become_warnings() {
    let stage = Stage::new().await;
    let spec = KeySpec {
        nonce_window: 10,
        ip_allowlist: vec!["127.0.0.0/8".to_owned()],
        ..KeySpec::with(&with(&TRADING, &["earn-funds"]))
    };
    let report = stage
        .assess(
            &stage.simulator.issue_key(spec).unwrap(),
            Mode::Trade,
            FIRST,
        )
        .await
        .unwrap();
    assert_eq!(
        report.warnings,
        [
            Warning::Surplus(Permission::EarnFunds),
            Warning::NonceWindow(10)
        ]
    );
    assert_eq!((report.nonce_window, report.ip_allowlist.len()), (10, 1));
}

#[tokio::test]
async fn balances_and_tickers_are_read() {
    let stage = Stage::new().await;
    let key = stage.key(&TRADING);
    let balances = stage
        .client
        .balances(&credentials(&key), Nonce::from(FIRST))
        .await
        .unwrap();
    let dollars = balances
        .iter()
        .find(|balance| balance.asset == "ZUSD")
        .unwrap();
    assert_eq!(
        (dollars.total.to_string(), dollars.held.to_string()),
        ("10000.0000".to_owned(), "0.0000".to_owned())
    );

    let tickers = stage.client.tickers(&["BTC/USD", "ETHUSD"]).await.unwrap();
    let pairs: Vec<&str> = tickers.iter().map(|ticker| ticker.pair.as_str()).collect();
    assert_eq!(pairs, ["XETHZUSD", "XXBTZUSD"]);
    assert!(tickers.iter().all(|ticker| ticker.bid < ticker.ask));
    let unknown = stage.client.tickers(&["NOPE"]).await.unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "Kraken answered EQuery:Unknown asset pair"
    );
}

#[tokio::test]
async fn an_exchange_that_is_not_there_is_unreachable() {
    let stage = Stage::new().await;
    let key = stage.key(&TRADING);
    // Bound, and nobody listens: another test's simulator can't be given the port.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    let client = Client::new(Network::new(), BaseUrl::parse(&address).unwrap());
    let result = assess(
        &client,
        &credentials(&key),
        Mode::Trade,
        Nonce::from(FIRST),
        NOW,
    )
    .await;
    let Err(failure @ Failure::Unreachable { .. }) = result else {
        panic!("{result:?}")
    };
    assert!(
        !failure.to_string().contains(&key.api_key)
            && !failure.to_string().contains(&key.api_secret)
    );
}
