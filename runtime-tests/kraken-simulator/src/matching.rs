//! Holds, fills and expiry.

use rust_decimal::Decimal;

use crate::clock::Micros;
use crate::market::{COST_DECIMALS, PriceMove};
use crate::order::{Order, Side, Status, Trade, transaction_id};
use crate::reply::Refusal;
use crate::state::State;

impl State {
    /// What open orders reserve of the asset: for purchases with the taker's fee, the dearer one.
    pub(crate) fn held(&self, account: &str, asset: &str) -> Decimal {
        let hold = |order: &Order| {
            let Some(pair) = self.market.pairs.get(&order.pair) else {
                return Decimal::ZERO;
            };
            match order.side {
                Side::Sell if pair.base == asset => order.remaining(),
                Side::Buy if pair.quote == asset => {
                    self.with_fee(order.remaining() * order.limit.unwrap_or_default())
                }
                Side::Sell | Side::Buy => Decimal::ZERO,
            }
        };
        self.orders
            .values()
            .filter(|order| order.is_open() && order.account == account)
            .map(hold)
            .sum()
    }

    pub(crate) fn available(&self, account: &str, asset: &str) -> Decimal {
        let balance = self
            .accounts
            .get(account)
            .map(|account| account.balance(asset))
            .unwrap_or_default();
        balance - self.held(account, asset)
    }

    pub(crate) fn with_fee(&self, cost: Decimal) -> Decimal {
        (cost * (Decimal::ONE + self.config.fees.taker)).round_dp(COST_DECIMALS)
    }

    /// What the book's other side would give this order now, and at which price.
    pub(crate) fn offered(&self, order: &Order) -> Option<(Decimal, Decimal)> {
        let book = &self.market.pairs.get(&order.pair)?.book;
        let (price, volume) = match order.side {
            Side::Buy => (book.ask, book.ask_volume),
            Side::Sell => (book.bid, book.bid_volume),
        };
        let crosses = match (order.side, order.limit) {
            (_, None) => true,
            (Side::Buy, Some(limit)) => limit >= price,
            (Side::Sell, Some(limit)) => limit <= price,
        };
        let volume = volume.unwrap_or(order.volume).min(order.remaining());
        (crosses && volume > Decimal::ZERO).then_some((price, volume))
    }

    /// Executes so much of the order and settles it in the account.
    pub(crate) fn fill(&mut self, id: &str, price: Decimal, volume: Decimal, maker: bool) {
        let now = self.now();
        let number = self.config.first_number + self.trades.len() as u64;
        let fees = self.config.fees;
        let Some(order) = self.orders.get_mut(id) else {
            return;
        };
        let Some(pair) = self.market.pairs.get_mut(&order.pair) else {
            return;
        };
        let Some(account) = self.accounts.get_mut(&order.account) else {
            return;
        };

        let cost = (price * volume).round_dp(COST_DECIMALS);
        let fee = (cost * if maker { fees.maker } else { fees.taker }).round_dp(COST_DECIMALS);
        let offered = match order.side {
            Side::Buy => {
                account.credit(&pair.quote, -(cost + fee));
                account.credit(&pair.base, volume);
                &mut pair.book.ask_volume
            }
            Side::Sell => {
                account.credit(&pair.base, -volume);
                account.credit(&pair.quote, cost - fee);
                &mut pair.book.bid_volume
            }
        };
        if let Some(offered) = offered {
            *offered -= volume;
        }
        pair.book.last = price;

        let trade_id = transaction_id('T', number);
        order.executed += volume;
        order.cost += cost;
        order.fee += fee;
        order.trades.push(trade_id.clone());
        if order.remaining().is_zero() {
            order.end(Status::Closed, None, now);
        }
        let trade = Trade {
            number,
            account: order.account.clone(),
            order: id.to_owned(),
            pair: order.pair.clone(),
            side: order.side,
            limit_order: order.limit.is_some(),
            price,
            volume,
            cost,
            fee,
            maker,
            at: now,
        };
        self.trades.insert(trade_id, trade);
    }

    /// Moves the book, then fills resting orders that it now crosses, oldest first, at their own limit.
    pub(crate) fn move_price(&mut self, change: &PriceMove) -> Result<(), Refusal> {
        let PriceMove {
            pair,
            bid,
            ask,
            last,
            bidq,
            askq,
        } = change;
        let pair = self.market.pair_mut(pair)?;
        let book = &mut pair.book;
        book.bid = bid.unwrap_or(book.bid);
        book.ask = ask.unwrap_or(book.ask);
        book.last = last.unwrap_or(book.last);
        book.bid_volume = bidq.or(book.bid_volume);
        book.ask_volume = askq.or(book.ask_volume);
        let key = pair.key.clone();

        self.expire_orders(self.now());
        let resting: Vec<String> = self
            .orders
            .iter()
            .filter(|(_, order)| order.is_open() && order.pair == key)
            .map(|(id, _)| id.clone())
            .collect();
        for id in resting {
            let Some(order) = self.orders.get(&id) else {
                continue;
            };
            if let (Some((_, volume)), Some(limit)) = (self.offered(order), order.limit) {
                self.fill(&id, limit, volume, true);
            }
        }
        // A fill at a limit is a trade, but the mover's own last price stands.
        if let (Some(last), Ok(pair)) = (last, self.market.pair_mut(&key)) {
            pair.book.last = *last;
        }
        Ok(())
    }

    /// Ends what time has ended: orders with an expiry, and accounts whose dead man's switch has run out.
    pub(crate) fn expire_orders(&mut self, now: Micros) {
        for order in self.orders.values_mut().filter(|order| order.is_open()) {
            if let Some(at) = order.expires.filter(|at| *at <= now) {
                order.end(Status::Expired, Some("Order expired"), at);
            }
            let account = self.accounts.get(&order.account);
            if let Some(at) = account
                .and_then(|account| account.cancel_all_at)
                .filter(|at| *at <= now)
            {
                order.end(Status::Canceled, Some("Canceled by timer"), at);
            }
        }
        for account in self.accounts.values_mut() {
            account.cancel_all_at = account.cancel_all_at.filter(|at| *at > now);
        }
    }
}
