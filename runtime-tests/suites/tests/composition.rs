//! `spin.toml` against the table of what each component may reach and read. A grant is a decision: it is made here too.

#![expect(clippy::unwrap_used, reason = "helpers of tests stop the test")]

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

struct Grant {
    hosts: &'static [&'static str],
    /// Besides [`COMMON`] and, where the public has a route to it, [`PUBLIC`], which hold no secret.
    variables: &'static [&'static str],
    dependencies: &'static [&'static str],
    key_value: bool,
}

const POSTGRES: &str = "postgres://{{ db_host }}";
/// Told after every write.
const WORKER: &str = "http://worker.spin.internal";
const COMMON: &[&str] = &["public_url", "environment"];
/// What browsers may do, and who may say where a request comes from: nothing to a component that only others of ours call.
const PUBLIC: &[&str] = &["cors_origins", "trusted_proxies"];
const TOKENS: &str = "spindle:identity/tokens@1.0.0";
const VAULT: &str = "spindle:secrets/vault@1.0.0";
const STRATEGIES: &str = "spindle:trading/strategies@1.0.0";
const MARKDOWN: &str = "spindle:content/markdown@1.0.0";
const MAILER: &str = "spindle:mail/mailer@1.0.0";

const TABLE: &[(&str, Grant)] = &[
    (
        "admin",
        Grant {
            hosts: &[POSTGRES, "http://signer.spin.internal", WORKER],
            variables: &[
                "db_url",
                "limits",
                "cursor_key",
                "admin_email",
                "admin_password",
            ],
            dependencies: &[TOKENS],
            key_value: true,
        },
    ),
    (
        "auth",
        Grant {
            hosts: &[POSTGRES, "http://signer.spin.internal", WORKER],
            variables: &[
                "db_url",
                "limits",
                "cursor_key",
                "otp_key",
                "email_verification",
                "hash_slots",
                "password_min_length",
                "role_second_factor",
                "conduit",
            ],
            dependencies: &[TOKENS],
            key_value: false,
        },
    ),
    (
        "blog",
        Grant {
            hosts: &[POSTGRES, "http://webhooks.spin.internal", WORKER],
            variables: &["db_url", "limits", "cursor_key"],
            dependencies: &[MARKDOWN, TOKENS],
            key_value: false,
        },
    ),
    (
        "blog-site",
        Grant {
            hosts: &[POSTGRES],
            variables: &["db_url", "limits", "cursor_key"],
            dependencies: &[],
            key_value: true,
        },
    ),
    (
        "conduit",
        Grant {
            // No signer and no key: `auth` signs and hashes, under paths that nobody else may call.
            hosts: &[POSTGRES, "http://auth.spin.internal", WORKER],
            variables: &["db_url", "limits", "conduit", "email_verification"],
            dependencies: &[MARKDOWN, TOKENS],
            key_value: false,
        },
    ),
    (
        "gateway",
        Grant {
            hosts: &[POSTGRES],
            variables: &["db_url", "limits", "metrics_token"],
            dependencies: &[],
            key_value: true,
        },
    ),
    (
        "kraken",
        Grant {
            hosts: &["{{ kraken_api_base_url }}"],
            variables: &["exchange_master_keys", "kraken_api_base_url"],
            dependencies: &[VAULT],
            key_value: false,
        },
    ),
    (
        "oidc",
        Grant {
            hosts: &[POSTGRES, "http://signer.spin.internal", WORKER],
            variables: &[
                "db_url",
                "limits",
                "otp_key",
                "dynamic_registration",
                "email_verification",
                "hash_slots",
                "password_min_length",
                "role_second_factor",
            ],
            dependencies: &[],
            key_value: false,
        },
    ),
    (
        "profile",
        Grant {
            hosts: &[POSTGRES, "{{ mail_api_origin }}", WORKER],
            variables: &[
                "db_url",
                "cursor_key",
                "mail_provider",
                "mail_api_origin",
                "mail_api_token",
                "mail_from",
                "limits",
            ],
            dependencies: &[MAILER, TOKENS],
            key_value: false,
        },
    ),
    (
        "signer",
        Grant {
            hosts: &[POSTGRES],
            variables: &["db_url", "identity_master_keys"],
            dependencies: &[VAULT],
            key_value: false,
        },
    ),
    (
        "trading",
        Grant {
            hosts: &[POSTGRES, "http://kraken.spin.internal", WORKER],
            variables: &["db_url", "limits", "cursor_key"],
            dependencies: &[TOKENS, STRATEGIES],
            key_value: true,
        },
    ),
    (
        "webhooks",
        Grant {
            hosts: &["https://*:*"],
            variables: &["webhook_key"],
            dependencies: &[],
            key_value: false,
        },
    ),
    (
        "worker",
        Grant {
            // The owners of tasks and events, and the one place outside.
            hosts: &[
                POSTGRES,
                "http://admin.spin.internal",
                "http://auth.spin.internal",
                "http://blog.spin.internal",
                "http://profile.spin.internal",
                "http://trading.spin.internal",
                WORKER,
                "{{ events_origin }}",
            ],
            variables: &[
                "db_url",
                "limits",
                "worker_token",
                "self_tick",
                "events_origin",
                "events_path",
                "events_secret",
            ],
            dependencies: &[],
            key_value: false,
        },
    ),
];

/// They compute, and have no capability at all.
const PURE: &[&str] = &["markdown", "strategies", "tokens", "vault"];

/// What each dependency inherits: nothing sets an environment variable, and what denies them would cost each instance a memory.
const ENVIRONMENT: &[&str] = &["environment"];

/// Dependencies with a way out: what each inherits, and of whom.
const INHERITING: &[(&str, &str, &[&str])] = &[(
    "profile",
    MAILER,
    &["allowed_outbound_hosts", "environment", "variables"],
)];

fn manifest() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml");
    std::fs::read_to_string(path)
        .unwrap()
        .parse::<toml::Table>()
        .map(Value::Table)
        .unwrap()
}

fn names(value: Option<&Value>) -> BTreeSet<String> {
    match value {
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().unwrap().to_owned())
            .collect(),
        Some(Value::Table(table)) => table.keys().cloned().collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn each_component_has_exactly_what_the_table_grants() {
    let manifest = manifest();
    let components = manifest["component"].as_table().unwrap();
    assert!(
        components
            .values()
            .all(|component| component.get("environment").is_none())
    );
    let public: BTreeSet<&str> = manifest["trigger"]["http"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|trigger| trigger["route"].is_str())
        .map(|trigger| trigger["component"].as_str().unwrap())
        .collect();
    let listed: BTreeSet<&str> = TABLE
        .iter()
        .map(|(name, _)| *name)
        .chain(PURE.iter().copied())
        .chain(["mailer"])
        .collect();
    assert_eq!(
        components
            .keys()
            .map(String::as_str)
            .collect::<BTreeSet<_>>(),
        listed
    );
    for (name, grant) in TABLE {
        let component = &components[*name];
        let set = |items: &[&str]| {
            items
                .iter()
                .map(|item| (*item).to_owned())
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(
            names(component.get("allowed_outbound_hosts")),
            set(grant.hosts),
            "hosts of {name}"
        );
        assert_eq!(
            names(component.get("dependencies")),
            set(grant.dependencies),
            "dependencies of {name}"
        );
        assert_eq!(
            component.get("key_value_stores").is_some(),
            grant.key_value,
            "key-value of {name}"
        );
        let mut variables = set(grant.variables);
        variables.extend(set(COMMON));
        if public.contains(name) {
            variables.extend(set(PUBLIC));
        }
        assert_eq!(
            names(component.get("variables")),
            variables,
            "variables of {name}"
        );
        for (variable, template) in component["variables"].as_table().unwrap() {
            assert_eq!(
                template.as_str(),
                Some(format!("{{{{ {variable} }}}}").as_str()),
                "{name} renames {variable}"
            );
        }
    }
    // Spin lets no dependency have grants of its own.
    for name in PURE.iter().chain(&["mailer"]) {
        for key in [
            "allowed_outbound_hosts",
            "variables",
            "key_value_stores",
            "dependencies",
        ] {
            assert!(components[*name].get(key).is_none(), "{name} has {key}");
        }
    }
}

#[test]
fn a_master_key_is_read_by_one_component() {
    let manifest = manifest();
    let mut readers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, component) in manifest["component"].as_table().unwrap() {
        for variable in component
            .get("variables")
            .and_then(Value::as_table)
            .into_iter()
            .flat_map(|table| table.keys())
        {
            readers.entry(variable).or_default().push(name);
        }
    }
    assert_eq!(readers["identity_master_keys"], ["signer"]);
    assert_eq!(readers["exchange_master_keys"], ["kraken"]);
    assert_eq!(readers["kraken_api_base_url"], ["kraken"]);
    assert_eq!(readers["webhook_key"], ["webhooks"]);
}

#[test]
fn a_dependency_inherits_nothing_but_what_the_table_says() {
    for (name, component) in manifest()["component"].as_table().unwrap() {
        for (interface, dependency) in component
            .get("dependencies")
            .and_then(Value::as_table)
            .into_iter()
            .flatten()
        {
            let inherits = INHERITING
                .iter()
                .find(|(owner, of, _)| owner == name && of == interface)
                .map_or(ENVIRONMENT, |(_, _, grants)| *grants);
            let inherits = inherits.iter().map(|grant| Value::from(*grant)).collect();
            assert_eq!(
                dependency.get("inherit_configuration"),
                Some(&Value::Array(inherits)),
                "what {name} gives {interface}"
            );
        }
    }
}

#[test]
fn no_secret_has_a_default() {
    for (name, variable) in manifest()["variables"].as_table().unwrap() {
        if variable.get("secret").and_then(Value::as_bool) == Some(true) {
            // An empty one turns off what it is for.
            let default = variable.get("default").and_then(Value::as_str);
            assert!(matches!(default, None | Some("")), "{name} has a default");
        }
    }
}
