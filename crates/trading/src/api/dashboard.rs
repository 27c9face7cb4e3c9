//! All of one's trading at a glance.

use axum::extract::State;
use kit::problem::ProblemDocument;
use kit::{App, Context, Principal, Problem, Query, Scope};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::market;
use crate::store::bot as store;
use crate::valuation::Valuation;

/// Decimals of what something is worth.
const DECIMALS: u32 = 8;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WantedDashboard {
    /// The currency in which balances and positions are valued, of those that pairs are quoted in.
    #[serde(default = "dollars")]
    #[param(default = "USD", example = "EUR")]
    quote: String,
}

fn dollars() -> String {
    "USD".to_owned()
}

/// Tells what you have and have earned here.
///
/// Paper balances, positions and profit of your bots by average cost, bots, the last executions, and for each of the last 30 days what
/// was bought and sold on it (`series`) and what all your bots had earned by its end (`pnl`, in their pairs' quote assets): every figure
/// is computed from fills or balances. Each paper balance and each position has its `value`
/// in one currency, and `worth` is `{quote, paper_balances, unpriced}`: the code of that currency, the sum of the paper balances,
/// and the assets that cannot be sold for it at this moment, whose `value` is null. `unrealized_pnl` of a position is in its pair's
/// own quote asset. What is at the exchange is told by `/account/balances`, which takes one of its calls.
///
/// Permissions: `trading.read`.
#[utoipa::path(
    get,
    path = "/api/v1/trading/dashboard",
    tag = "trading",
    params(WantedDashboard),
    responses(
        (status = 200, description = "`paper_balances`, `positions`, `worth`, `bots`, `last_executions`, `series`, `pnl`", body = Object),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 422, description = "Nothing is quoted in this currency", body = ProblemDocument),
    ),
    security(("bearer" = ["trading.read"]))
)]
pub(crate) async fn read(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Query(wanted): Query<WantedDashboard>,
) -> Result<axum::Json<Value>, Problem> {
    principal.require(Scope::TradingRead)?;
    let mut dashboard = store::dashboard(app.db(), principal.user_id()?).await?;
    // A dashboard without prices is better than none.
    let Ok(pairs) = market::pairs(&app, &context).await else {
        return Ok(axum::Json(dashboard));
    };
    let currency = pairs
        .currency(&wanted.quote)
        .ok_or_else(|| Problem::invalid_field("quote", "is no currency that pairs are quoted in"))?
        .to_owned();
    let mut valuation = Valuation::new(&app, &context, pairs, currency.clone());
    let (mut sum, mut unpriced) = (Decimal::ZERO, Vec::new());
    for balance in items(&mut dashboard, "paper_balances") {
        let asset = text(balance, "asset").to_owned();
        let value = worth(amount(balance, "total"), valuation.price(&asset).await);
        match value {
            Some(value) => sum = sum.saturating_add(value),
            None => unpriced.push(asset),
        }
        put(balance, "value", value);
    }
    for position in items(&mut dashboard, "positions") {
        let (base, cost) = (
            amount(position, "base_quantity"),
            amount(position, "cost_quote"),
        );
        let bid = valuation.bid(text(position, "pair")).await;
        let price = match &bid {
            Some((asset, _)) => valuation.price(asset).await,
            None => None,
        };
        let unrealized = bid
            .and_then(|(_, bid)| worth(base, Some(bid)))
            .map(|value| value - cost);
        put(position, "value", worth(base, price));
        put(position, "unrealized_pnl", unrealized);
    }
    if let Some(dashboard) = dashboard.as_object_mut() {
        let worth =
            json!({"quote": currency, "paper_balances": sum.normalize(), "unpriced": unpriced});
        dashboard.insert("worth".to_owned(), worth);
    }
    Ok(axum::Json(dashboard))
}

fn items<'a>(dashboard: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    dashboard
        .get_mut(name)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn amount(item: &Value, name: &str) -> Decimal {
    text(item, name).parse().unwrap_or(Decimal::ZERO)
}

fn put(item: &mut Value, name: &str, value: Option<Decimal>) {
    if let Some(item) = item.as_object_mut() {
        item.insert(name.to_owned(), json!(value.map(|value| value.normalize())));
    }
}

/// Nothing is worth nothing, whatever its price.
fn worth(amount: Decimal, price: Option<Decimal>) -> Option<Decimal> {
    if amount.is_zero() {
        return Some(Decimal::ZERO);
    }
    Some(amount.checked_mul(price?)?.round_dp(DECIMALS))
}
