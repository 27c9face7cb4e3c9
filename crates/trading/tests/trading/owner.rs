//! An account with bots of its own, and what is asked of each of them again and again.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::Stage;

pub(crate) const BOTS: &str = "/api/v1/trading/bots";

/// Buys for a hundred dollars every hour, on paper.
pub(crate) fn dca() -> Value {
    json!({"name": "Savings", "strategy": "dca", "params": {"quote_amount": "100", "every": 3600}, "pair": "XBT/USD",
        "mode": "paper", "every": 60})
}

/// Eight steps of 500 dollars around 30,000, on paper.
pub(crate) fn grid() -> Value {
    json!({"name": "Grid", "strategy": "grid", "pair": "XBTUSD", "mode": "paper", "every": 60,
        "params": {"lower": "28000", "upper": "32000", "levels": 8, "quote_per_level": "300"}})
}

pub(crate) struct Owner {
    pub(crate) stage: Stage,
    pub(crate) user: Uuid,
}

impl Owner {
    pub(crate) async fn new() -> Self {
        let (stage, user) = (Stage::new().await, Uuid::now_v7());
        stage.price("XBTUSD", "30000", "30010");
        Self { stage, user }
    }

    pub(crate) async fn create(&self, body: Value) -> String {
        let answer = self
            .stage
            .call(self.user, Method::POST, BOTS, Some(body))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_eq!(answer.body["state"], "stopped");
        answer.body["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn tell(&self, id: &str, command: &str) -> (u16, Value) {
        let path = format!("{BOTS}/{id}/{command}");
        let answer = self.stage.call(self.user, Method::POST, &path, None).await;
        (answer.status, answer.body)
    }

    pub(crate) async fn read(&self, id: &str, what: &str) -> Value {
        let path = format!("{BOTS}/{id}{what}");
        let answer = self.stage.call(self.user, Method::GET, &path, None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body
    }

    /// Time goes on, and the schedule with it.
    pub(crate) async fn pass(&self, seconds: i64, now: &mut i64) {
        *now += seconds;
        self.stage.advance(*now).await;
        let tick = self.stage.task("tick_bots", "tick", json!({})).await;
        assert_eq!(tick.status, 200, "{}", tick.text);
        self.stage.work().await;
    }

    /// It is noon, UTC: what follows within hours is of one day.
    pub(crate) async fn noon(&self, now: &mut i64) {
        let left = "select extract(epoch from date_trunc('day', t.at) + interval '36 hours' - t.at)::bigint
            from (select platform.now() at time zone 'UTC' as at) t";
        let seconds = self.stage.count(left).await;
        self.pass(seconds, now).await;
    }

    /// Each bot's row equals the fold of its events.
    pub(crate) async fn rows_are_folds(&self) {
        let different = "select count(*) from trading.bots b where b is distinct from trading.rebuild_bot(b.id)";
        assert_eq!(self.stage.count(different).await, 0);
    }

    /// What a bot says it holds is what its fills left.
    pub(crate) async fn books_balance(&self) {
        let wrong = "select count(*) from trading.bots b where b.base_quantity <> (
            select coalesce(sum(case f.side when 'buy' then f.volume else -f.volume end), 0)
            from trading.fills f where f.bot_id = b.id)
            or b.realized_pnl - b.cost_quote <> (
            select coalesce(sum(case f.side when 'buy' then -f.cost else f.cost end - f.fee), 0)
            from trading.fills f where f.bot_id = b.id)";
        assert_eq!(self.stage.count(wrong).await, 0);
    }
}
