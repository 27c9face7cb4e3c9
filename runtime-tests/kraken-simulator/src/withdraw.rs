//! Everything that could move money out. Nothing here moves any: a client under test must never get this far, and the
//! journal shows whether it did.

use serde_json::json;

use crate::reply::{Answer, result};

pub(crate) fn answer(method: &str) -> Answer {
    match method {
        "WithdrawMethods" => result(
            &json!([{ "asset": "XXBT", "method": "Bitcoin", "network": "Bitcoin", "minimum": "0.0004" }]),
        ),
        "WithdrawAddresses" | "WithdrawStatus" => result(&json!([])),
        "WithdrawInfo" | "Withdraw" => Err("EFunding:Unknown withdraw key".into()),
        "WithdrawCancel" => Err("EFunding:Unknown reference id".into()),
        "WalletTransfer" => Err("EFunding:No funding method".into()),
        _ => Err("EAPI:Feature disabled".into()),
    }
}
