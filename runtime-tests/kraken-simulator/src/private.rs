//! The private pipeline. Kraken doesn't publish the order of its checks; this one is ours.

use std::net::IpAddr;

use crate::key::Key;
use crate::params::Params;
use crate::reply::{Answer, Refusal, result};
use crate::signature;
use crate::state::State;
use crate::{account_reads, cancel, endpoint, history, place, withdraw};

/// What a private call arrives with.
#[derive(Debug)]
pub(crate) struct PrivateCall<'a> {
    /// The path that is signed.
    pub(crate) path: &'a str,
    /// The part after `/0/private/`.
    pub(crate) method: &'a str,
    pub(crate) api_key: &'a str,
    pub(crate) api_sign: &'a str,
    pub(crate) json: bool,
    pub(crate) body: &'a [u8],
    pub(crate) address: IpAddr,
}

impl State {
    pub(crate) fn private(&mut self, call: &PrivateCall<'_>) -> Answer {
        let now = self.now();
        self.expire_orders(now);
        let (params, account) = self.authenticate(call)?;
        let errors = &self.config.errors;
        let key = self
            .keys
            .get_mut(call.api_key)
            .ok_or_else(|| Refusal::from(&errors.unknown_key))?;

        let endpoint =
            endpoint::find(call.method).ok_or_else(|| Refusal::from(&errors.unknown_method))?;
        let limit = self
            .accounts
            .get(&account)
            .map(|account| account.tier.rest())
            .unwrap_or_default();
        if !key.rest.charge(endpoint.cost, limit, now) {
            return Err((&errors.rate_limit).into());
        }
        if !endpoint.wants.is_met_by(&key.spec.permissions) {
            return Err((&errors.permission_denied).into());
        }
        let answer = self.execute(endpoint.name, call.api_key, &account, &params);
        if let Some(key) = self.keys.get_mut(call.api_key) {
            key.used(now);
        }
        answer
    }

    /// Lockout, key, nonce's shape, signature, one-time password, nonce, in this order.
    fn authenticate(&mut self, call: &PrivateCall<'_>) -> Result<(Params, String), Refusal> {
        let (now, errors) = (self.now(), &self.config.errors);
        if self.lockouts.locked(call.address, call.api_key, now) {
            return Err((&errors.lockout).into());
        }
        let usable = |key: &Key| match () {
            () if key.revoked => Err(&errors.revoked_key),
            () if key.expired(now) => Err(&errors.expired_key),
            () if !key.allows(call.address) => Err(&errors.address_not_allowed),
            () => Ok(()),
        };
        let found = self.keys.get_mut(call.api_key).ok_or(&errors.unknown_key);
        let key = match found.and_then(|key| usable(key).map(|()| key)) {
            Ok(key) => key,
            Err(text) => {
                self.lockouts.failed(call.address, call.api_key, now);
                return Err(text.into());
            }
        };
        self.lockouts.succeeded(call.address, call.api_key);

        let params = if call.json {
            Params::from_json(call.body)
        } else {
            Some(Params::from_form(call.body))
        };
        let params = params.unwrap_or_default();
        let nonce_text = params.get("nonce").unwrap_or_default();
        let nonce: u64 = nonce_text
            .parse()
            .map_err(|_| Refusal::from(&errors.invalid_nonce))?;
        if !signature::matches(&key.secret, call.path, nonce_text, call.body, call.api_sign) {
            return Err((&errors.invalid_signature).into());
        }
        if key
            .spec
            .otp
            .as_deref()
            .is_some_and(|otp| params.get("otp") != Some(otp))
        {
            return Err((&errors.otp).into());
        }
        if !key.accept_nonce(nonce) {
            return Err((&errors.invalid_nonce).into());
        }
        Ok((params, key.account.clone()))
    }

    fn execute(&mut self, method: &str, api_key: &str, account: &str, params: &Params) -> Answer {
        match method {
            "GetApiKeyInfo" => account_reads::api_key_info(self, api_key, account),
            "Balance" => account_reads::balance(self, account),
            "BalanceEx" => account_reads::balance_ex(self, account),
            "TradeBalance" => account_reads::trade_balance(self, account, params),
            "OpenOrders" => history::open_orders(self, account, params),
            "ClosedOrders" => history::closed_orders(self, api_key, account, params),
            "QueryOrders" => history::query_orders(self, api_key, account, params),
            "TradesHistory" => history::trades(self, api_key, account, params),
            "GetWebSocketsToken" => result(
                &serde_json::json!({ "token": format!("token-of-{account}"), "expires": 900 }),
            ),
            "AddOrder" => place::add_order(self, account, params),
            "CancelOrder" => cancel::cancel_order(self, account, params),
            "CancelAll" => cancel::cancel_all(self, account),
            "CancelAllOrdersAfter" => cancel::cancel_all_after(self, account, params),
            other => withdraw::answer(other),
        }
    }
}
