//! The private methods: what each costs and which permissions open it (facts of Kraken's own reference).

/// Which permissions a method wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    Nothing,
    All(&'static [&'static str]),
    Any(&'static [&'static str]),
}

impl Wants {
    pub(crate) fn is_met_by(self, permissions: &[String]) -> bool {
        let held = |name: &&str| permissions.iter().any(|permission| permission == *name);
        match self {
            Self::Nothing => true,
            Self::All(names) => names.iter().all(held),
            Self::Any(names) => names.iter().any(held),
        }
    }
}

/// A private method.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoint {
    pub(crate) name: &'static str,
    /// Points of the key's REST counter; orders use the engine's counter instead.
    pub(crate) cost: u32,
    pub(crate) wants: Wants,
}

const fn endpoint(name: &'static str, cost: u32, wants: Wants) -> Endpoint {
    Endpoint { name, cost, wants }
}

const ORDERS: Wants = Wants::Any(&["modify-trades", "close-trades"]);
const WITHDRAW: Wants = Wants::All(&["withdraw-funds"]);
const WITHDRAW_READ: Wants = Wants::All(&["query-funds", "withdraw-funds"]);

const ENDPOINTS: &[Endpoint] = &[
    endpoint("GetApiKeyInfo", 1, Wants::Nothing),
    endpoint("Balance", 1, Wants::All(&["query-funds"])),
    endpoint("BalanceEx", 1, Wants::All(&["query-funds"])),
    endpoint("TradeBalance", 1, Wants::All(&["query-open-trades"])),
    endpoint("OpenOrders", 1, Wants::All(&["query-open-trades"])),
    endpoint("ClosedOrders", 1, Wants::All(&["query-closed-trades"])),
    endpoint(
        "QueryOrders",
        1,
        Wants::Any(&["query-open-trades", "query-closed-trades"]),
    ),
    endpoint("TradesHistory", 2, Wants::All(&["query-closed-trades"])),
    endpoint("Ledgers", 2, Wants::All(&["query-ledger"])),
    endpoint("GetWebSocketsToken", 1, Wants::All(&["create-ws-token"])),
    endpoint("AddOrder", 0, Wants::All(&["modify-trades"])),
    endpoint("CancelOrder", 0, ORDERS),
    endpoint("CancelAll", 1, ORDERS),
    endpoint("CancelAllOrdersAfter", 1, ORDERS),
    endpoint("WithdrawMethods", 1, WITHDRAW_READ),
    endpoint("WithdrawAddresses", 1, WITHDRAW_READ),
    endpoint("WithdrawInfo", 1, WITHDRAW_READ),
    endpoint(
        "WithdrawStatus",
        1,
        Wants::Any(&["withdraw-funds", "query-ledger"]),
    ),
    endpoint("Withdraw", 1, WITHDRAW),
    endpoint("WithdrawCancel", 1, WITHDRAW),
    endpoint("WalletTransfer", 1, Wants::All(&["query-funds"])),
    endpoint("CreateSubaccount", 1, WITHDRAW),
    endpoint("AccountTransfer", 1, WITHDRAW),
];

pub(crate) fn find(name: &str) -> Option<Endpoint> {
    ENDPOINTS
        .iter()
        .copied()
        .find(|endpoint| endpoint.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn withdrawal_reads_want_both_permissions() {
        let held = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let methods = find("WithdrawMethods").unwrap().wants;
        assert!(!methods.is_met_by(&held(&["withdraw-funds"])));
        assert!(!methods.is_met_by(&held(&["query-funds"])));
        assert!(methods.is_met_by(&held(&["query-funds", "withdraw-funds"])));
        assert!(
            find("WithdrawStatus")
                .unwrap()
                .wants
                .is_met_by(&held(&["query-ledger"]))
        );
        assert!(find("GetApiKeyInfo").unwrap().wants.is_met_by(&[]));
    }
}
