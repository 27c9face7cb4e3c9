//! Before a key's secret is destroyed: what rests at the exchange is taken back, while there is still a way to it.

use kit::{App, Context};
use uuid::Uuid;

use crate::tasks::{cancel_order, sync_order};

/// How long whoever disconnects a key waits for the exchange; the call that is under way by then may take 13 s more.
const PATIENCE_MS: i64 = 10_000;

/// Takes orders back and looks what became of them. An order that cannot be reached stays as it is: destroying the secret is worth
/// more than waiting, and `trading.let_go_of_orders` tells the owner what was left.
pub(crate) async fn take_back(app: &App, context: &Context, orders: &[Uuid]) {
    let begun_at = app.now_ms();
    let left_ms = || PATIENCE_MS.saturating_sub(app.now_ms().saturating_sub(begun_at));
    // First all cancellations, which cost none of the calls that the exchange counts, then the lookups, which do.
    for order in orders.iter().take_while(|_| left_ms() > 0) {
        let _ = cancel_order::take_back(app, context, *order).await;
    }
    for order in orders.iter().take_while(|_| left_ms() > 0) {
        let _ = sync_order::look_again(app, context, *order, left_ms()).await;
    }
}
