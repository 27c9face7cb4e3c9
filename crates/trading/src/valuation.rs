//! What assets are worth in one currency, by the market of this moment.

use std::collections::HashMap;
use std::sync::Arc;

use kit::{App, Context};
use rust_decimal::Decimal;

use crate::domain::Pairs;
use crate::market;

/// Decimals of a price that is the inverse of another.
const INVERSE_DECIMALS: u32 = 12;

/// Prices in one currency. Each asset is asked for once.
pub(crate) struct Valuation<'a> {
    app: &'a App,
    context: &'a Context,
    pairs: Arc<Pairs>,
    /// Code of the currency.
    currency: String,
    known: HashMap<String, Option<Decimal>>,
}

impl<'a> Valuation<'a> {
    pub(crate) fn new(
        app: &'a App,
        context: &'a Context,
        pairs: Arc<Pairs>,
        currency: String,
    ) -> Self {
        Self {
            app,
            context,
            pairs,
            currency,
            known: HashMap::new(),
        }
    }

    /// What one of an asset would be sold for; none where no pair joins it with the currency, or the exchange does not answer.
    pub(crate) async fn price(&mut self, asset: &str) -> Option<Decimal> {
        if asset == self.currency {
            return Some(Decimal::ONE);
        }
        if let Some(price) = self.known.get(asset) {
            return *price;
        }
        let price = self.ask(asset).await;
        self.known.insert(asset.to_owned(), price);
        price
    }

    /// The base asset of a pair, and the best bid for it in the pair's own quote asset.
    pub(crate) async fn bid(&self, pair: &str) -> Option<(String, Decimal)> {
        let pair = self.pairs.find(pair)?;
        let quote = market::quote(self.app, self.context, pair).await.ok()?;
        Some((pair.base.clone(), quote.ticker.bid))
    }

    async fn ask(&self, asset: &str) -> Option<Decimal> {
        if let Some(pair) = self.pairs.between(asset, &self.currency) {
            let quote = market::quote(self.app, self.context, pair).await.ok()?;
            return Some(quote.ticker.bid);
        }
        let pair = self.pairs.between(&self.currency, asset)?;
        let quote = market::quote(self.app, self.context, pair).await.ok()?;
        let price = Decimal::ONE.checked_div(quote.ticker.ask)?;
        Some(price.round_dp(INVERSE_DECIMALS))
    }
}
