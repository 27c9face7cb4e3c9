//! The role that the application logs in as.

use anyhow::Context;
use postgres_protocol::password::scram_sha_256;
use tokio_postgres::{Client, error::SqlState};

/// The role that the application logs in as: reads and writes rows, never the schema.
pub const APP_ROLE: &str = "spindle_app";

/// What every session of the role starts with.
const SETTINGS: [(&str, &str); 3] = [
    // Our statements take a millisecond; compiling one takes half a second, and a planner told to avoid a scan believes it worth.
    ("jit", "off"),
    ("statement_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "15s"),
];

/// How often a statement is repeated that met another run's on the same role. Roles belong to the whole server, an
/// advisory lock to one database.
const ATTEMPTS: u32 = 20;

/// Creates the role if it is missing, and sets its time-outs and its password. Answers whether it was created.
pub(crate) async fn ensure(client: &Client, password: Option<&str>) -> anyhow::Result<bool> {
    let creation =
        format!("create role {APP_ROLE} nologin nosuperuser nocreatedb nocreaterole noreplication");
    let created = match find(client).await? {
        Some(_) => false,
        None => match client.batch_execute(&creation).await {
            Ok(()) => true,
            // Another run was faster, in another database of this server.
            Err(error)
                if matches!(
                    error.code(),
                    Some(&SqlState::DUPLICATE_OBJECT | &SqlState::UNIQUE_VIOLATION)
                ) =>
            {
                false
            }
            Err(error) => return Err(error).context(format!("creating the role {APP_ROLE}")),
        },
    };
    let present = find(client).await?.unwrap_or_default();
    for (name, value) in SETTINGS {
        if !present.contains(&format!("{name}={value}")) {
            repeat(
                client,
                &format!("alter role {APP_ROLE} set {name} = '{value}'"),
            )
            .await?;
        }
    }
    if let Some(password) = password {
        set_password(client, password).await?;
    }
    Ok(created)
}

/// The settings of the role, `None` if there is no such role.
async fn find(client: &Client) -> anyhow::Result<Option<Vec<String>>> {
    let row = client
        .query_opt(
            "select coalesce(rolconfig, '{}') from pg_roles where rolname = $1",
            &[&APP_ROLE],
        )
        .await?;
    Ok(row.map(|row| row.get(0)))
}

/// Sends a verifier, so that the server's log can't hold the password. Some hosted servers want the password itself.
async fn set_password(client: &Client, password: &str) -> anyhow::Result<()> {
    let login = |secret: &str| {
        format!(
            "alter role {APP_ROLE} login password '{}'",
            secret.replace('\'', "''")
        )
    };
    if repeat(client, &login(&scram_sha_256(password.as_bytes())))
        .await
        .is_ok()
    {
        return Ok(());
    }
    repeat(client, &login(password))
        .await
        .context(format!("setting the password of {APP_ROLE}"))
}

async fn repeat(client: &Client, statement: &str) -> Result<(), tokio_postgres::Error> {
    let mut attempt = 1;
    loop {
        match client.batch_execute(statement).await {
            // "tuple concurrently updated" has no code of its own, and the role's first setting is a row that two runs may
            // insert; the next attempt sees the other's row.
            Err(error)
                if attempt < ATTEMPTS
                    && matches!(
                        error.code(),
                        Some(&SqlState::INTERNAL_ERROR | &SqlState::UNIQUE_VIOLATION)
                    ) =>
            {
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}
