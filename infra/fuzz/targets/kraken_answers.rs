//! What the exchange answers, read by every call.
#![no_main]

use futures::executor::block_on;
use kraken::{
    BaseUrl, Client, Credentials, HttpCall, HttpReply, NewOrder, Nonce, Part, Side, Transport,
    TransportError,
};
use libfuzzer_sys::fuzz_target;
use rust_decimal::Decimal;

/// Answers the same to everything.
struct Same<'a>(&'a [u8]);

impl Transport for Same<'_> {
    async fn send(&self, _: HttpCall) -> Result<HttpReply, TransportError> {
        Ok(HttpReply::new(self.0.to_vec()))
    }
}

fuzz_target!(|answer: &[u8]| {
    let Ok(base) = BaseUrl::parse("https://exchange.example") else {
        panic!("the address is one");
    };
    let client = Client::new(Same(answer), base);
    block_on(async {
        let _ = client.pairs().await;
        let _ = client.tickers(&["XBTUSD"]).await;
        let _ = client.candles("XBTUSD", 60, None).await;
        let secret = format!("{}==", "A".repeat(86));
        let Ok(credentials) = Credentials::parse(&"A".repeat(56), &secret) else {
            return;
        };
        let nonce = || Nonce::following(None, 1);
        let part = Part::default();
        let _ = client.api_key_info(&credentials, nonce()).await;
        let _ = client.balances(&credentials, nonce()).await;
        let _ = client.open_orders(&credentials, nonce(), None).await;
        let _ = client
            .closed_orders(&credentials, nonce(), &part, None)
            .await;
        let _ = client.trades(&credentials, nonce(), &part).await;
        let order = NewOrder {
            client_id: "0192f0c1-2b3c-7d4e-8f90-123456789abc",
            pair: "XBTUSD",
            side: Side::Buy,
            volume: Decimal::ONE,
            limit_price: None,
            post_only: false,
            deadline: "2026-11-21T08:00:15.000Z",
        };
        let _ = client.add_order(&credentials, nonce(), &order).await;
        let _ = client
            .cancel_order(&credentials, nonce(), order.client_id)
            .await;
    });
});
