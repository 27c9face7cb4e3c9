//! What a key may do, and what Spindle makes of it.

use std::fmt;
use std::str::FromStr;

/// What a connected key is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Balances, orders and trades are read.
    Read,
    /// Orders are placed and cancelled too.
    Trade,
}

/// A permission of a key (Kraken, `GetApiKeyInfo`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "Kraken's own names; label() has what they mean"
)]
pub enum Permission {
    QueryFunds,
    AddFunds,
    WithdrawFunds,
    EarnFunds,
    QueryOpenTrades,
    QueryClosedTrades,
    ModifyTrades,
    CloseTrades,
    QueryLedger,
    ExportData,
    CreateWsToken,
    AddWithdrawAddress,
    UpdateWithdrawAddress,
}

/// What becomes of a key that has the permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Without it the key is refused.
    Required,
    /// It may be there.
    Allowed,
    /// It may be there, and the owner is told that it is more than needed.
    Surplus,
    /// With it the key is refused.
    Forbidden,
}

impl Permission {
    /// All there are, in Kraken's order.
    pub const ALL: [Self; 13] = [
        Self::QueryFunds,
        Self::AddFunds,
        Self::WithdrawFunds,
        Self::EarnFunds,
        Self::QueryOpenTrades,
        Self::QueryClosedTrades,
        Self::ModifyTrades,
        Self::CloseTrades,
        Self::QueryLedger,
        Self::ExportData,
        Self::CreateWsToken,
        Self::AddWithdrawAddress,
        Self::UpdateWithdrawAddress,
    ];

    /// The name in answers of `GetApiKeyInfo`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::QueryFunds => "query-funds",
            Self::AddFunds => "add-funds",
            Self::WithdrawFunds => "withdraw-funds",
            Self::EarnFunds => "earn-funds",
            Self::QueryOpenTrades => "query-open-trades",
            Self::QueryClosedTrades => "query-closed-trades",
            Self::ModifyTrades => "modify-trades",
            Self::CloseTrades => "close-trades",
            Self::QueryLedger => "query-ledger",
            Self::ExportData => "export-data",
            Self::CreateWsToken => "create-ws-token",
            Self::AddWithdrawAddress => "add-withdraw-address",
            Self::UpdateWithdrawAddress => "update-withdraw-address",
        }
    }

    /// The box on Kraken's page of the key, with the group that it stands in.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::QueryFunds => "Funds permissions: Query",
            Self::AddFunds => "Funds permissions: Deposit",
            Self::WithdrawFunds => "Funds permissions: Withdraw",
            Self::EarnFunds => "Funds permissions: Earn",
            Self::QueryOpenTrades => "Orders and trades: Query open orders & trades",
            Self::QueryClosedTrades => "Orders and trades: Query closed orders & trades",
            Self::ModifyTrades => "Orders and trades: Create & modify orders",
            Self::CloseTrades => "Orders and trades: Cancel & close orders",
            Self::QueryLedger => "Data: Query ledger entries",
            Self::ExportData => "Data: Export data",
            Self::CreateWsToken => "WebSocket interface: On",
            Self::AddWithdrawAddress => "Add withdrawal addresses",
            Self::UpdateWithdrawAddress => "Update withdrawal addresses",
        }
    }

    /// The policy. Exhaustive on purpose: a permission that is added here must be decided on.
    #[must_use]
    pub const fn treatment(self, mode: Mode) -> Treatment {
        match (self, mode) {
            (Self::QueryFunds | Self::QueryOpenTrades | Self::QueryClosedTrades, _)
            | (Self::ModifyTrades | Self::CloseTrades, Mode::Trade) => Treatment::Required,
            (Self::ModifyTrades | Self::CloseTrades, Mode::Read)
            | (Self::AddFunds | Self::EarnFunds, _) => Treatment::Surplus,
            (Self::QueryLedger | Self::ExportData | Self::CreateWsToken, _) => Treatment::Allowed,
            (Self::WithdrawFunds | Self::AddWithdrawAddress | Self::UpdateWithdrawAddress, _) => {
                Treatment::Forbidden
            }
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "“{}”", self.label())
    }
}

/// A name that this version does not know. Kraken adds some now and then, and they may allow anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPermission;

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.name() == name)
            .ok_or(UnknownPermission)
    }
}

/// How permissions were learnt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VerifiedBy {
    /// The exchange listed them.
    #[default]
    Info,
    /// Calls were tried that only certain permissions open.
    Probe,
}

impl VerifiedBy {
    /// `info` or `probe`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Probe => "probe",
        }
    }
}

/// A list of permissions held against what a mode needs and forbids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PermissionReview {
    /// Held and known; after probes, what those have shown.
    pub held: Vec<Permission>,
    /// Held and forbidden: boxes to untick.
    pub forbidden: Vec<Permission>,
    /// Needed and not held: boxes to tick.
    pub missing: Vec<Permission>,
    /// Held, and unknown to this version: refused.
    pub unknown: Vec<String>,
    /// Held and not needed.
    pub surplus: Vec<Permission>,
    /// How what is held was learnt.
    pub verified_by: VerifiedBy,
}

impl PermissionReview {
    /// Reviews the names that Kraken lists.
    #[must_use]
    pub fn of<S: AsRef<str>>(names: &[S], mode: Mode) -> Self {
        let mut review = Self::default();
        for name in names {
            match name.as_ref().parse() {
                Ok(permission) if review.held.contains(&permission) => {}
                Ok(permission) => review.held.push(permission),
                Err(UnknownPermission) => review.unknown.push(name.as_ref().to_owned()),
            }
        }
        for permission in Permission::ALL {
            let held = review.held.contains(&permission);
            match permission.treatment(mode) {
                Treatment::Required if !held => review.missing.push(permission),
                Treatment::Forbidden if held => review.forbidden.push(permission),
                Treatment::Surplus if held => review.surplus.push(permission),
                Treatment::Required
                | Treatment::Forbidden
                | Treatment::Surplus
                | Treatment::Allowed => {}
            }
        }
        review
    }

    /// Probes have shown these, and then one that is forbidden.
    pub(crate) fn forbids(shown: &[Permission], permission: Permission) -> Self {
        Self {
            held: [shown, &[permission]].concat(),
            forbidden: vec![permission],
            verified_by: VerifiedBy::Probe,
            ..Self::default()
        }
    }

    /// Probes have shown these, and then the lack of one that is needed.
    pub(crate) fn lacks(shown: &[Permission], permission: Permission) -> Self {
        Self {
            held: shown.to_vec(),
            missing: vec![permission],
            verified_by: VerifiedBy::Probe,
            ..Self::default()
        }
    }

    /// Whether a key may be connected with it.
    #[must_use]
    pub const fn is_acceptable(&self) -> bool {
        self.forbidden.is_empty() && self.missing.is_empty() && self.unknown.is_empty()
    }

    /// What the owner should do; empty if nothing.
    #[must_use]
    pub fn advice(&self) -> String {
        let listed = |boxes: &[Permission]| {
            boxes
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let mut sentences = Vec::new();
        if !self.forbidden.is_empty() {
            sentences.push(format!(
                "Untick {}: this key could move funds out of the account.",
                listed(&self.forbidden)
            ));
        }
        if !self.unknown.is_empty() {
            let names = self
                .unknown
                .iter()
                .map(|name| format!("“{name}”"))
                .collect::<Vec<_>>()
                .join(", ");
            sentences.push(format!(
                "Untick {names}: Spindle doesn't know what this allows."
            ));
        }
        if !self.missing.is_empty() {
            sentences.push(format!("Tick {}.", listed(&self.missing)));
        }
        if !sentences.is_empty() {
            sentences.push(
                "You find the boxes at Kraken under Settings, API, in the settings of this key."
                    .to_owned(),
            );
        }
        sentences.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Permission as P;

    const READING: [&str; 3] = ["query-funds", "query-open-trades", "query-closed-trades"];
    const TRADING: [&str; 5] = [
        "query-funds",
        "query-open-trades",
        "query-closed-trades",
        "modify-trades",
        "close-trades",
    ];

    fn review(base: &[&str], extra: &[&str], mode: Mode) -> PermissionReview {
        PermissionReview::of(&[base, extra].concat(), mode)
    }

    #[test]
    fn names_are_read_back() {
        for permission in Permission::ALL {
            assert_eq!(permission.name().parse(), Ok(permission));
        }
        assert!("Withdraw-Funds".parse::<Permission>().is_err());
    }

    #[test]
    fn the_least_permissions_of_each_mode_are_accepted_without_a_word() {
        for (base, mode) in [
            (READING.as_slice(), Mode::Read),
            (TRADING.as_slice(), Mode::Trade),
        ] {
            let review = review(base, &[], mode);
            assert!(
                review.is_acceptable() && review.surplus.is_empty() && review.advice().is_empty(),
                "{mode:?}"
            );
        }
    }

    #[test]
    fn each_withdrawal_permission_is_refused_in_each_mode() {
        for permission in [
            P::WithdrawFunds,
            P::AddWithdrawAddress,
            P::UpdateWithdrawAddress,
        ] {
            for (base, mode) in [
                (READING.as_slice(), Mode::Read),
                (TRADING.as_slice(), Mode::Trade),
            ] {
                let review = review(base, &[permission.name()], mode);
                assert_eq!(review.forbidden, [permission]);
                assert!(!review.is_acceptable());
                assert!(
                    review
                        .advice()
                        .contains(&format!("Untick “{}”", permission.label())),
                    "{}",
                    review.advice()
                );
            }
        }
    }

    #[test]
    fn each_needed_permission_is_missed() {
        for (base, mode) in [
            (READING.as_slice(), Mode::Read),
            (TRADING.as_slice(), Mode::Trade),
        ] {
            for absent in base {
                let rest: Vec<&str> = base.iter().copied().filter(|name| name != absent).collect();
                let review = review(&rest, &[], mode);
                assert_eq!(review.missing, [absent.parse::<Permission>().unwrap()]);
                assert!(!review.is_acceptable() && review.advice().starts_with("Tick "));
            }
        }
        assert!(!PermissionReview::of::<&str>(&[], Mode::Read).is_acceptable());
    }

    #[test]
    fn an_unknown_permission_is_refused() {
        for name in ["transfer-funds", "", "WITHDRAW-FUNDS", "withdraw-funds "] {
            let review = review(&TRADING, &[name], Mode::Trade);
            assert_eq!(review.unknown, [name]);
            assert!(!review.is_acceptable());
        }
    }

    #[test]
    fn more_than_needed_is_told() {
        assert_eq!(
            review(&TRADING, &[], Mode::Read).surplus,
            [P::ModifyTrades, P::CloseTrades]
        );
        assert_eq!(
            review(&TRADING, &["earn-funds", "add-funds"], Mode::Trade).surplus,
            [P::AddFunds, P::EarnFunds]
        );
        let harmless = review(
            &READING,
            &["query-ledger", "export-data", "create-ws-token"],
            Mode::Read,
        );
        assert!(harmless.is_acceptable() && harmless.surplus.is_empty());
    }

    #[test]
    fn one_advice_names_all_boxes() {
        let review = PermissionReview::of(
            &[
                "query-funds",
                "withdraw-funds",
                "new-thing",
                "withdraw-funds",
            ],
            Mode::Read,
        );
        assert_eq!(
            review.advice(),
            "Untick “Funds permissions: Withdraw”: this key could move funds out of the account. \
             Untick “new-thing”: Spindle doesn't know what this allows. \
             Tick “Orders and trades: Query open orders & trades”, “Orders and trades: Query closed orders & trades”. \
             You find the boxes at Kraken under Settings, API, in the settings of this key."
        );
    }
}
