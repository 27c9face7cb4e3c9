//! What may be called. There is no other way to name a method, so what is not here cannot be sent: nothing that withdraws,
//! transfers, stakes or opens accounts.

/// Private methods, signed with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateEndpoint {
    /// What the key may do; needs no permission.
    GetApiKeyInfo,
    /// Balances without what orders hold.
    Balance,
    /// Balances with what orders hold.
    BalanceEx,
    /// Orders in the book.
    OpenOrders,
    /// Orders that ended.
    ClosedOrders,
    /// Executions.
    TradesHistory,
    /// Places an order on the spot market, without leverage.
    AddOrder,
    /// Takes one back.
    CancelOrder,
}

impl PrivateEndpoint {
    /// All of them. The compiler checks [`Signed::path`] for completeness, a test this list.
    pub const ALL: [Self; 8] = [
        Self::GetApiKeyInfo,
        Self::Balance,
        Self::BalanceEx,
        Self::OpenOrders,
        Self::ClosedOrders,
        Self::TradesHistory,
        Self::AddOrder,
        Self::CancelOrder,
    ];
}

/// Public methods, without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicEndpoint {
    /// The latest prices.
    Ticker,
    /// Pairs and the rules of their orders.
    AssetPairs,
    /// Candles.
    Ohlc,
}

/// What [`crate::assess()`] asks where Kraken does not list a key's permissions. Not to be had from outside: these only
/// look whether something *would* be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    /// Read-only; answered only to keys that may withdraw and query funds.
    WithdrawMethods,
    /// Read-only.
    OpenOrders,
    /// Always with `validate`, which places nothing.
    ValidateOrder,
}

/// Anything that is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    Call(PrivateEndpoint),
    Probe(Probe),
}

impl Signed {
    /// The path that is signed and sent.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Call(PrivateEndpoint::GetApiKeyInfo) => "/0/private/GetApiKeyInfo",
            Self::Call(PrivateEndpoint::Balance) => "/0/private/Balance",
            Self::Call(PrivateEndpoint::BalanceEx) => "/0/private/BalanceEx",
            Self::Call(PrivateEndpoint::OpenOrders) => "/0/private/OpenOrders",
            Self::Call(PrivateEndpoint::ClosedOrders) => "/0/private/ClosedOrders",
            Self::Call(PrivateEndpoint::TradesHistory) => "/0/private/TradesHistory",
            Self::Call(PrivateEndpoint::AddOrder) => "/0/private/AddOrder",
            Self::Call(PrivateEndpoint::CancelOrder) => "/0/private/CancelOrder",
            Self::Probe(Probe::WithdrawMethods) => "/0/private/WithdrawMethods",
            Self::Probe(Probe::OpenOrders) => "/0/private/OpenOrders",
            Self::Probe(Probe::ValidateOrder) => "/0/private/AddOrder",
        }
    }

    /// What it sends beside the nonce.
    pub(crate) const fn parameters(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Call(_) | Self::Probe(Probe::OpenOrders) => &[],
            Self::Probe(Probe::WithdrawMethods) => &[("asset", "XBT")],
            // Far below the market, should validate ever be ignored.
            Self::Probe(Probe::ValidateOrder) => &[
                ("pair", "XBTUSD"),
                ("type", "buy"),
                ("ordertype", "limit"),
                ("price", "1000"),
                ("volume", "0.001"),
                ("validate", "true"),
            ],
        }
    }
}

impl PublicEndpoint {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Ticker => "/0/public/Ticker",
            Self::AssetPairs => "/0/public/AssetPairs",
            Self::Ohlc => "/0/public/OHLC",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_moves_money() {
        let probes = [
            Probe::WithdrawMethods,
            Probe::OpenOrders,
            Probe::ValidateOrder,
        ];
        let paths = PrivateEndpoint::ALL
            .map(Signed::Call)
            .into_iter()
            .chain(probes.map(Signed::Probe))
            .map(Signed::path);
        for path in paths {
            let method = path.strip_prefix("/0/private/").unwrap();
            let forbidden = [
                "Withdraw",
                "WithdrawCancel",
                "WalletTransfer",
                "AccountTransfer",
                "CreateSubaccount",
            ];
            assert!(
                !forbidden.contains(&method) && !method.starts_with("Earn"),
                "{path}"
            );
        }
    }

    #[test]
    fn the_order_probe_only_validates() {
        assert!(
            Signed::Probe(Probe::ValidateOrder)
                .parameters()
                .contains(&("validate", "true"))
        );
    }
}
