//! The `trading` component: exchange keys, market data, orders, bots. What bots do is decided by the component `strategies`.

use contracts::trading::strategies as component;
use kit::{AppBuilder, Service};
use serde_json::Value;
use spin_sdk::http::{IntoResponse, Request};
use strategies::{Decision, Fault, Paused, Report, Rules, Situation, Strategy, Trial};
use trading::strategist::Strategist;
use wiping::Wiping;

/// Exchange keys come through: nothing of a request is left in what the next one finds.
#[global_allocator]
static ALLOCATOR: Wiping = Wiping::BODIES;

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(
        request, "trading", service, postgres, tokens, outbound, key_value, worker
    )
}

fn service(app: AppBuilder) -> Service {
    trading::api::service(app, Component)
}

/// The component `strategies`, linked into this one. Documents go over as JSON.
struct Component;

fn json(document: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_string(document).map_err(|error| error.to_string())
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

impl Strategist for Component {
    fn catalogue(&self) -> Vec<Strategy> {
        component::catalogue()
            .into_iter()
            .map(|strategy| Strategy {
                name: strategy.name,
                title: strategy.title,
                summary: strategy.summary,
                schema: read(&strategy.schema).unwrap_or(Value::Null),
            })
            .collect()
    }

    fn check(&self, strategy: &str, params: &Value, rules: &Rules) -> Vec<Fault> {
        let rules = json(rules).unwrap_or_default();
        component::check(strategy, &params.to_string(), &rules)
            .into_iter()
            .map(|fault| Fault {
                field: fault.field,
                message: fault.message,
            })
            .collect()
    }

    fn interval(&self, strategy: &str, params: &Value) -> Option<u32> {
        component::interval(strategy, &params.to_string())
    }

    fn decide(&self, strategy: &str, situation: &Situation) -> Result<Decision, String> {
        read(&component::decide(strategy, &json(situation)?)?)
    }

    fn backtest(&self, trial: &Trial) -> Result<Report, String> {
        read(&component::backtest(&json(trial)?)?)
    }

    fn backtest_part(&self, trial: &Trial) -> Result<Option<Paused>, String> {
        // Whoever takes the component's place may know no parts: anything else says so.
        Ok(read(&component::backtest(&json(trial)?)?).unwrap_or(None))
    }
}
