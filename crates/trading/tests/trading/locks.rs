//! Who holds several rows has taken them in one order: a key or an order, its lane, bots. So nobody waits in a circle.

use std::future::Future;

use futures::future::join;
use serde_json::json;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::owner::{Owner, dca};
use crate::stage::{Stage, TRADING};

/// A connection beside the stage's own.
async fn connect(stage: &Stage) -> Client {
    let (client, connection) = tokio_postgres::connect(&stage.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// An account with a live bot that runs: the owner, its key and the bot.
async fn running() -> (Owner, String, String) {
    let owner = Owner::new().await;
    let stage = &owner.stage;
    let key = stage.connected(owner.user, &stage.key(&TRADING)).await;
    let mut body = dca();
    body["mode"] = json!("live");
    body["key_id"] = json!(key);
    let bot = owner.create(body).await;
    assert_eq!(owner.tell(&bot, "start").await.0, 202);
    (owner, key, bot)
}

/// Does a statement, which has to wait for what the work after it holds, and then that work, which must let it go on.
async fn blocked(stage: &Stage, statement: &str, work: impl Future<Output = ()>) {
    let waiting = connect(stage).await;
    let once_it_waits = async {
        let waits = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        while stage.count(waits).await == 0 {
            tokio::task::yield_now().await;
        }
        work.await;
    };
    let (done, ()) = join(waiting.query_one(statement, &[]), once_it_waits).await;
    done.unwrap();
}

#[tokio::test]
async fn who_finds_a_key_locked_out_takes_its_lane_before_its_bots() {
    let holder = Uuid::now_v7();
    for call in [
        "mark_key('{}', '{key}', 'locked', 'wait')".to_owned(),
        format!("record_check('{{}}', null, '{{key}}', '{holder}', 'locked', 'wait', null)"),
    ] {
        let (owner, key, bot) = running().await;
        let statement = format!("select trading.{}::text", call.replace("{key}", &key));
        let mut other = connect(&owner.stage).await;
        let settling = other.transaction().await.unwrap();
        // As whoever writes down what the exchange said of an order.
        let lane = "select from trading.key_lanes for update";
        settling.batch_execute(lane).await.unwrap();
        blocked(&owner.stage, &statement, async {
            let bots = "select from trading.bots for update nowait";
            settling.batch_execute(bots).await.unwrap();
            settling.commit().await.unwrap();
        })
        .await;
        assert_eq!(owner.read(&bot, "").await["state"], "stopped", "{call}");
    }
}

#[tokio::test]
async fn a_bot_may_write_an_order_down_while_its_key_is_found_unfit_or_disconnected() {
    let holder = Uuid::now_v7();
    for call in [
        format!("record_check('{{}}', null, '{{key}}', '{holder}', 'drift', 'ticked', null)::text"),
        // What a disconnection begins with.
        "stop_bots('{}', (l.stored).id, null, 'key', 'gone') from trading.lock_key('{user}', '{key}', null) l".to_owned(),
    ] {
        let (owner, key, bot) = running().await;
        let user = owner.user;
        let call = call
            .replace("{key}", &key)
            .replace("{user}", &user.to_string());
        let statement = format!("select trading.{call}");
        let mut other = connect(&owner.stage).await;
        let deciding = other.transaction().await.unwrap();
        let lock = "select from trading.bots for update";
        deciding.batch_execute(lock).await.unwrap();
        blocked(&owner.stage, &statement, async {
            let order = json!({"id": Uuid::now_v7(), "key_id": key, "mode": "live", "pair": "XXBTZUSD", "base": "XXBT",
                "quote": "ZUSD", "side": "buy", "type": "market", "volume": "1", "value": "1"});
            let insert = format!(
                "select trading.insert_order('{{}}', '{user}', '{bot}', null, '{order}')"
            );
            deciding.batch_execute(&insert).await.unwrap();
            deciding.commit().await.unwrap();
        })
        .await;
        assert_eq!(owner.read(&bot, "").await["state"], "stopped", "{call}");
    }
}
