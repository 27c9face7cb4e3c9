//! Development's variables: what `spin.toml` demands and has no default for.

use std::{fs, thread};

use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    address::Address, database::Database, env_file::EnvFile, progress, workspace::Workspace,
};

/// The role of the application.
const APP_ROLE: &str = "spindle_app";
/// Where its password stands in `.env` and in the environment of `migrate`.
pub(crate) const APP_PASSWORD: &str = "SPINDLE_APP_PASSWORD";
/// What the `.env` of a fresh set-up says that the app is called.
pub(crate) const PUBLIC_URL: &str = "http://localhost:3000";

/// How a variable gets its value in development.
enum Value {
    Fixed(&'static str),
    /// `1:<base64 of 32 random bytes>`, the first version of a master key.
    MasterKey,
    /// 32 random bytes, base64.
    Key,
    /// The machine's cores but one, which everything else needs while passwords are hashed.
    CoresButOne,
}

const VARIABLES: [(&str, Value); 14] = [
    ("environment", Value::Fixed("development")),
    ("public_url", Value::Fixed(PUBLIC_URL)),
    ("email_verification", Value::Fixed("optional")),
    ("hash_slots", Value::CoresButOne),
    // The suites sign in hundreds of accounts from one address.
    ("limits", Value::Fixed("relaxed")),
    // Nothing ticks beside plain `spin up`.
    ("self_tick", Value::Fixed("on")),
    // The first administrator; production refuses a password that begins so.
    ("admin_email", Value::Fixed("admin@example.com")),
    ("admin_password", Value::Fixed("dev-administrator")),
    ("identity_master_keys", Value::MasterKey),
    ("exchange_master_keys", Value::MasterKey),
    ("otp_key", Value::Key),
    ("cursor_key", Value::Key),
    ("webhook_key", Value::Key),
    ("worker_token", Value::Key),
];

/// The name under which Spin and our host look a variable up.
pub(crate) fn variable(name: &str) -> String {
    format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase())
}

/// What the application is started with, besides `.env`.
pub(crate) struct Secrets {
    pub(crate) app_password: String,
    /// The application's own address of its database, and the server's name for the allow-list.
    pub(crate) database: [(String, String); 2],
}

/// Makes what is missing in `.env`, once, and points the application to `database`.
pub(crate) fn ensure(workspace: &Workspace, database: &Database) -> anyhow::Result<Secrets> {
    let mut file = EnvFile::read(&workspace.env_file())?;
    let declared = Declared::read(workspace)?;
    let before = file.get(APP_PASSWORD).is_some();
    for (name, value) in &VARIABLES {
        if !declared.has(name)
            || matches!(value, Value::Fixed(text) if declared.default(name) == Some(*text))
        {
            continue;
        }
        let made = match value {
            Value::Fixed(text) => (*text).to_owned(),
            Value::MasterKey => format!("1:{}", random()?),
            Value::Key => random()?,
            Value::CoresButOne => cores_but_one(),
        };
        file.add(&variable(name), &made);
    }
    let hexadecimal: String = bytes()?.iter().map(|byte| format!("{byte:02x}")).collect();
    file.add(APP_PASSWORD, &hexadecimal);
    let app_password = std::env::var(APP_PASSWORD)
        .unwrap_or_else(|_| file.get(APP_PASSWORD).unwrap_or_default().to_owned());

    let address = Address::parse(&database.owner_url())?;
    let wanted = [
        (
            variable("db_url"),
            address.with_login(APP_ROLE, &app_password),
        ),
        (variable("db_host"), address.server.clone()),
    ];
    for (name, value) in &wanted {
        match file.get(name) {
            None => file.add(name, value),
            // The embedded server may have had to move to another port; an address that somebody chose stays.
            Some(old) if database.is_embedded() && old != value && is_ours(old) => {
                file.replace(name, value)
            }
            Some(_) => {}
        }
    }
    file.write()?;
    if !before {
        progress::detail("made development secrets in .env (ignored by git)");
    }
    for name in declared.marked("required") {
        if file.get(&variable(&name)).is_none() && std::env::var_os(variable(&name)).is_none() {
            progress::detail(format_args!(
                "spin.toml demands {name}, which can't be made up: add {}=… to .env",
                variable(&name)
            ));
        }
    }
    Ok(Secrets {
        app_password,
        database: wanted,
    })
}

/// Refuses what is not safe in production, all at once. Our host does the same; Spin would start, and every answer be 503.
///
/// # Errors
/// When a secret is missing, or is one of development.
pub(crate) fn check(workspace: &Workspace, given: &[(String, String)]) -> anyhow::Result<()> {
    let file = EnvFile::read(&workspace.env_file())?;
    let declared = Declared::read(workspace)?;
    let faults = declared.faults(|name| {
        let key = variable(name);
        let given = given.iter().find(|(known, _)| *known == key);
        std::env::var(&key)
            .ok()
            .or_else(|| given.map(|(_, value)| value.clone()))
            .or_else(|| file.get(&key).map(str::to_owned))
            .or_else(|| declared.default(name).map(str::to_owned))
    });
    if faults.is_empty() {
        return Ok(());
    }
    bail!(
        "this configuration is not safe to run:\n  {}\nset {}=development for work on this machine",
        faults.join("\n  "),
        variable("environment")
    );
}

/// At least one, and at most as many as `hash_slots` may be.
fn cores_but_one() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).clamp(1, 64).to_string()
}

/// Whether an address or a host in `.env` is that of an embedded server.
fn is_ours(value: &str) -> bool {
    let server = value
        .strip_prefix(&format!("postgres://{APP_ROLE}:"))
        .map_or(Some(value), |rest| rest.split('@').nth(1));
    server.is_some_and(|server| server.starts_with("127.0.0.1:"))
}

fn bytes() -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

fn random() -> anyhow::Result<String> {
    Ok(STANDARD.encode(bytes()?))
}

/// The table `[variables]` of `spin.toml`.
struct Declared(toml::Table);

impl Declared {
    fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let manifest = workspace.manifest();
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("reading {}", manifest.display()))?;
        let mut table: toml::Table = text
            .parse()
            .with_context(|| format!("reading {}", manifest.display()))?;
        match table.remove("variables") {
            Some(toml::Value::Table(variables)) => Ok(Self(variables)),
            _ => Ok(Self(toml::Table::new())),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn default(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.get("default")?.as_str()
    }

    /// The variables that are `required`, or `secret`.
    fn marked(&self, mark: &str) -> Vec<String> {
        let is_marked = |declaration: &toml::Value| {
            declaration.get(mark).and_then(toml::Value::as_bool) == Some(true)
        };
        self.0
            .iter()
            .filter(|(_, declaration)| is_marked(declaration))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// What must not be true of these values in production, which is where `environment` is not named.
    fn faults(&self, value: impl Fn(&str) -> Option<String>) -> Vec<String> {
        if value("environment").is_some_and(|environment| environment != "production") {
            return Vec::new();
        }
        self.marked("secret")
            .iter()
            .filter_map(|name| {
                let value = value(name).unwrap_or_default();
                // An empty default turns off what the secret is for.
                let off = self.default(name) == Some("");
                if value.starts_with("dev-") {
                    Some(format!(
                        "{name} is a development secret (it begins with `dev-`)"
                    ))
                } else if value.is_empty() && !off {
                    Some(format!("{name} is secret and has no value"))
                } else {
                    None
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_an_embedded_server_follow_its_port() {
        assert!(is_ours(
            "postgres://spindle_app:ab@127.0.0.1:21000/spindle?sslmode=disable"
        ));
        assert!(is_ours("127.0.0.1:21000"));
        assert!(!is_ours(
            "postgres://spindle_app:ab@db.example:5432/spindle"
        ));
        assert!(!is_ours("db.example:5432"));
    }

    #[test]
    fn production_refuses_missing_and_development_secrets_by_name() {
        let text = "environment = { default = \"production\" }\nmail = { default = \"\", secret = true }\n\
                    key = { required = true, secret = true }\nname = { required = true }";
        let declared = Declared(text.parse().unwrap());
        let faults = |environment: Option<&str>, key: &str| {
            declared.faults(|name| match name {
                "environment" => environment.map(str::to_owned),
                "key" => Some(key.to_owned()),
                _ => None,
            })
        };
        for environment in [None, Some("production")] {
            assert!(faults(environment, "1:abc").is_empty());
            assert_eq!(
                faults(environment, "dev-1"),
                ["key is a development secret (it begins with `dev-`)"]
            );
            assert_eq!(faults(environment, ""), ["key is secret and has no value"]);
        }
        assert!(faults(Some("development"), "dev-1").is_empty());
    }

    #[test]
    fn a_key_is_32_random_bytes() {
        let (one, other) = (random().unwrap(), random().unwrap());
        assert_ne!(one, other);
        assert_eq!(STANDARD.decode(one).unwrap().len(), 32);
    }
}
