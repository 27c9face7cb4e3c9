//! NUL, which no text of Postgres can hold, past the extractors that look for it.

use kit::db::native::NativeDatabase;
use kit::{Db, DbError, Problem, Value, params};

use crate::stage::Stage;

#[tokio::test]
async fn a_nul_that_reaches_the_database_is_the_clients_fault() {
    let stage = Stage::new("nul").await;
    let db = Db::new(NativeDatabase::connect(&stage.url, 1).unwrap());
    for (sql, parameter) in [
        ("select $1::text", Value::from("a\0b")),
        (
            "select $1::jsonb ->> 'a'",
            Value::from(serde_json::json!({"a": "\0"})),
        ),
    ] {
        let error = db.read(sql, params![parameter]).await.unwrap_err();
        assert!(matches!(error, DbError::Nul(_)), "{sql}: {error}");
        assert_eq!(Problem::from(error).status().as_u16(), 400, "{sql}");
    }
}
