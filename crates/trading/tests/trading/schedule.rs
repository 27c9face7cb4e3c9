//! A bot that nobody could look after for hours goes on where it is, and says what it missed.

use crate::owner::{Owner, dca};

#[tokio::test]
async fn missed_periods_are_told_once_and_not_made_up_for() {
    let owner = Owner::new().await;
    let id = owner.create(dca()).await;
    assert_eq!(owner.tell(&id, "start").await.0, 202);
    owner.stage.work().await;
    let mut now = 0;
    for seconds in [4 * 3600 + 60, 120] {
        owner.pass(seconds, &mut now).await;
    }
    let orders = "select count(*) from trading.orders";
    assert_eq!(owner.stage.count(orders).await, 2);
    let told = "select count(*) from platform.outbox where type = 'bot.trade.skipped'
        and payload::text like '%missed_slot%' and payload::text ~ '\"missed\": ?3'";
    assert_eq!(
        owner.stage.count(told).await,
        1,
        "three hours between the two"
    );
}
