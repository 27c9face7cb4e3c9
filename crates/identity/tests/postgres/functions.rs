//! Calls of the SQL functions, as the statements in `sql/` make them.

use serde_json::Value;
use uuid::Uuid;

use crate::database::Database;

const REGISTER: &str =
    "select identity.register('{}', $1, $2, $3, $4, 'hash', '012345', '\\x01', '', $5, 1)::text";
const OPEN: &str = "select identity.open_session('{}', $1, 'hash', 'email:x', '', false, $2, $3, $4, '\\x02', $5, 1)::text";
const ROTATE: &str = "select identity.rotate_refresh_token('{}', $1, $2, $3)::text";

pub(crate) async fn register(db: &Database, email: &str, username: &str) -> Value {
    db.json(
        REGISTER,
        &[
            &Uuid::now_v7(),
            &email,
            &username,
            &username,
            &Uuid::now_v7(),
        ],
    )
    .await
}

pub(crate) async fn account(db: &Database, name: &str) -> Uuid {
    let answer = register(db, &format!("{name}@example.com"), name).await;
    answer["user"]["id"].as_str().unwrap().parse().unwrap()
}

/// Opens a session whose first refresh token has this hash.
pub(crate) async fn session(db: &Database, account: Uuid, token: &[u8]) -> Uuid {
    let session = Uuid::now_v7();
    let answer = db
        .json(
            OPEN,
            &[&account, &session, &token, &Uuid::now_v7(), &Uuid::now_v7()],
        )
        .await;
    assert_eq!(answer["outcome"], "opened", "{answer}");
    session
}

pub(crate) async fn rotate(db: &Database, presented: &[u8], successor: &[u8]) -> Value {
    db.json(ROTATE, &[&presented, &successor, &Uuid::now_v7()])
        .await
}

/// Two answers, or twenty, at once, each on a connection of its own.
pub(crate) async fn at_once(
    count: usize,
    mut answer: impl FnMut(usize) -> tokio::task::JoinHandle<Value>,
) -> Vec<Value> {
    let mut running = Vec::new();
    for n in 0..count {
        running.push(answer(n));
    }
    let mut answers = Vec::new();
    for one in running {
        answers.push(one.await.unwrap());
    }
    answers
}
