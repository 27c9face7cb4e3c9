//! Orders through the private component: placed once, found again whatever happened to the answer.

use contracts::exchange::exchange as wire;
use kraken_simulator::{Config, Fault, FaultKind, KeySpec, Simulator, TRADING};
use spindle_kraken::{BaseUrl, Client, Keyring, KeyringError, Place, Service};
use zeroize::Zeroizing;

use crate::FIRST;
use crate::network::Network;

const ID: &str = "0192f0c1-2b3c-7d4e-8f90-123456789abc";

/// Seals by doing nothing: what is tested here is what is sent.
struct Glass;

impl Keyring for Glass {
    fn seal(&self, _: Place<'_>, secret: &[u8]) -> Result<String, KeyringError> {
        Ok(String::from_utf8(secret.to_vec()).unwrap())
    }

    fn open(&self, _: Place<'_>, envelope: &str) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        Ok(Zeroizing::new(envelope.as_bytes().to_vec()))
    }

    fn rewrap(&self, _: Place<'_>, envelope: &str) -> Result<String, KeyringError> {
        Ok(envelope.to_owned())
    }

    fn derive(&self, _: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(vec![0; 32])
    }
}

struct Stage {
    simulator: Simulator,
    service: Service<Network, Glass>,
    key: (String, String),
    nonce: std::sync::atomic::AtomicU64,
}

impl Stage {
    async fn new() -> Self {
        let simulator = Simulator::start_with(Config::default()).await.unwrap();
        let base = BaseUrl::parse(&simulator.base_url()).unwrap();
        let key = simulator.issue_key(KeySpec::with(&TRADING)).unwrap();
        Self {
            service: Service::new(Client::new(Network::new(), base), Glass),
            key: (key.api_key, key.api_secret),
            simulator,
            nonce: FIRST.into(),
        }
    }

    fn authority(&self) -> wire::Authority {
        wire::Authority {
            binding: wire::KeyBinding {
                owner: "owner".to_owned(),
                key_id: "key".to_owned(),
            },
            sealed_key: self.key.0.clone(),
            sealed_secret: self.key.1.clone(),
            nonce: self
                .nonce
                .fetch_add(4, std::sync::atomic::Ordering::Relaxed),
        }
    }

    async fn call(&self, request: wire::Request) -> Result<wire::Response, wire::Failure> {
        self.service.call(request, 1_700_000_000).await
    }

    async fn place(&self, limit: Option<&str>) -> Result<wire::Response, wire::Failure> {
        let deadline = std::time::SystemTime::now() + std::time::Duration::from_secs(50);
        let placement = wire::Placement {
            authority: self.authority(),
            client_id: ID.to_owned(),
            pair: "XBTUSD".to_owned(),
            side: wire::Side::Buy,
            volume: "0.01".to_owned(),
            limit_price: limit.map(str::to_owned),
            post_only: false,
            deadline: rfc3339(deadline),
        };
        self.call(wire::Request::Place(placement)).await
    }

    async fn find(&self) -> Option<wire::ExchangeOrder> {
        let query = wire::OrderQuery {
            authority: self.authority(),
            client_id: ID.to_owned(),
            since: 0,
        };
        match self.call(wire::Request::FindOrder(query)).await.unwrap() {
            wire::Response::Order(order) => order,
            other => panic!("{other:?}"),
        }
    }

    fn orders_sent(&self) -> usize {
        let sent = |entry: &&kraken_simulator::JournalEntry| entry.endpoint == "AddOrder";
        self.simulator.journal().iter().filter(sent).count()
    }
}

fn rfc3339(at: std::time::SystemTime) -> String {
    let seconds = at.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant's civil-from-days.
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

#[tokio::test]
async fn an_order_is_placed_found_and_its_trades_are_listed() {
    let stage = Stage::new().await;
    let wire::Response::Placed(placed) = stage.place(None).await.unwrap() else {
        panic!("not placed");
    };
    let order = stage.find().await.unwrap();
    assert_eq!(
        (order.txid, order.status),
        (placed.txid.clone(), wire::OrderStatus::Closed)
    );
    assert_eq!(order.executed.parse::<f64>().unwrap(), 0.01);
    let history = wire::History {
        authority: stage.authority(),
        start: None,
        end: None,
        offset: 0,
    };
    let wire::Response::Trades(trades) = stage.call(wire::Request::Trades(history)).await.unwrap()
    else {
        panic!("not trades");
    };
    assert_eq!(trades.len(), 1);
    assert_eq!(trades[0].order_txid, placed.txid);
}

#[tokio::test]
async fn a_resting_order_is_taken_back_by_its_id() {
    let stage = Stage::new().await;
    stage.place(Some("20000")).await.unwrap();
    assert_eq!(stage.find().await.unwrap().status, wire::OrderStatus::Open);
    let cancel = |authority| {
        wire::Request::Cancel(wire::Cancellation {
            authority,
            client_id: ID.to_owned(),
        })
    };
    let done = stage.call(cancel(stage.authority())).await.unwrap();
    assert_eq!(done, wire::Response::Cancelled(1));
    assert_eq!(
        stage.find().await.unwrap().status,
        wire::OrderStatus::Canceled
    );
    let again = stage.call(cancel(stage.authority())).await.unwrap_err();
    assert!(matches!(again, wire::Failure::Rejected(_)), "{again:?}");
}

#[tokio::test]
async fn whatever_happens_to_the_answer_the_order_is_sent_once_and_its_fate_can_be_learnt() {
    let after = [FaultKind::DropAfter, FaultKind::HttpAfter { status: 502 }];
    let before = [FaultKind::DropBefore, FaultKind::Http { status: 502 }];
    for (faults, there) in [(after, true), (before, false)] {
        for fault in faults {
            let stage = Stage::new().await;
            stage
                .simulator
                .plan_fault(Fault::next(fault.clone()).on("AddOrder"));
            let failure = stage.place(None).await.unwrap_err();
            assert!(
                matches!(failure, wire::Failure::UnknownOutcome(_)),
                "{fault:?}: {failure:?}"
            );
            assert_eq!(stage.orders_sent(), 1, "{fault:?}");
            assert_eq!(stage.find().await.is_some(), there, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_is_certain() {
    let stage = Stage::new().await;
    for error in [
        "EOrder:Insufficient funds",
        "EService:Deadline elapsed",
        "EService:Market in cancel_only mode",
    ] {
        let fault = FaultKind::Error {
            error: error.to_owned(),
        };
        stage
            .simulator
            .plan_fault(Fault::next(fault).on("AddOrder"));
        let failure = stage.place(None).await.unwrap_err();
        assert!(
            matches!(&failure, wire::Failure::Rejected(text) if text.contains(error)),
            "{failure:?}"
        );
        assert!(stage.find().await.is_none());
    }
}
