//! The `strategies` component: `spindle:trading/strategies`, pure decisions. No capability.

#[expect(unsafe_code, reason = "component exports")]
mod bindings {
    #![allow(
        unreachable_pub,
        missing_docs,
        clippy::all,
        clippy::allow_attributes_without_reason,
        reason = "generated code"
    )]

    wit_bindgen::generate!({
        inline: "
            package spindle:strategies-component@1.0.0;
            world provider {
                export spindle:trading/strategies@1.0.0;
            }
        ",
        path: "../../wit/trading",
        world: "spindle:strategies-component/provider",
    });

    export!(Provider);

    use exports::spindle::trading::strategies::{Fault, Guest, Strategy};

    struct Provider;

    fn fault(fault: spindle_strategies::Fault) -> Fault {
        Fault {
            field: fault.field,
            message: fault.message,
        }
    }

    fn unreadable(what: &str, error: &serde_json::Error) -> Fault {
        Fault {
            field: what.to_owned(),
            message: error.to_string(),
        }
    }

    impl Guest for Provider {
        fn catalogue() -> Vec<Strategy> {
            spindle_strategies::catalogue()
                .into_iter()
                .map(|strategy| Strategy {
                    name: strategy.name,
                    title: strategy.title,
                    summary: strategy.summary,
                    schema: strategy.schema.to_string(),
                })
                .collect()
        }

        fn check(strategy: String, params: String, rules: String) -> Vec<Fault> {
            let params = match serde_json::from_str(&params) {
                Ok(params) => params,
                Err(error) => return vec![unreadable("params", &error)],
            };
            match serde_json::from_str(&rules) {
                Ok(rules) => spindle_strategies::check(&strategy, &params, &rules)
                    .into_iter()
                    .map(fault)
                    .collect(),
                Err(error) => vec![unreadable("rules", &error)],
            }
        }

        fn interval(strategy: String, params: String) -> Option<u32> {
            spindle_strategies::interval(&strategy, &serde_json::from_str(&params).ok()?)
        }

        fn decide(strategy: String, situation: String) -> Result<String, String> {
            let situation = serde_json::from_str(&situation).map_err(|error| error.to_string())?;
            let decision = spindle_strategies::decide(&strategy, &situation)?;
            serde_json::to_string(&decision).map_err(|error| error.to_string())
        }

        fn backtest(trial: String) -> Result<String, String> {
            let trial: spindle_strategies::Trial =
                serde_json::from_str(&trial).map_err(|error| error.to_string())?;
            let document = if trial.part.as_ref().is_some_and(|part| part.more) {
                serde_json::to_string(&spindle_strategies::backtest_part(&trial)?)
            } else {
                serde_json::to_string(&spindle_strategies::backtest(&trial)?)
            };
            document.map_err(|error| error.to_string())
        }
    }
}
