//! Errors of the driver as Spin's WIT describes them.

use tokio_postgres::error::DbError as ServerError;

use crate::bindings::postgres::{DbError, Error, QueryError};

/// A statement that failed, on the server or on the way.
pub(super) fn query_failed(error: &tokio_postgres::Error) -> Error {
    let text = format!("{error:?}");
    Error::QueryFailed(match error.as_db_error() {
        None => QueryError::Text(text),
        Some(server) => QueryError::DbError(DbError {
            as_text: text,
            severity: server.severity().to_owned(),
            code: server.code().code().to_owned(),
            message: server.message().to_owned(),
            detail: server.detail().map(str::to_owned),
            extras: extras(server),
        }),
    })
}

/// A failure of this host in a statement.
pub(super) fn text(message: impl Into<String>) -> Error {
    Error::QueryFailed(QueryError::Text(message.into()))
}

fn extras(server: &ServerError) -> Vec<(String, String)> {
    let line = server.line().map(|line| line.to_string());
    let fields = [
        ("column", server.column()),
        ("constraint", server.constraint()),
        ("routine", server.routine()),
        ("hint", server.hint()),
        ("table", server.table()),
        ("datatype", server.datatype()),
        ("schema", server.schema()),
        ("file", server.file()),
        ("line", line.as_deref()),
        ("where_", server.where_()),
    ];
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect()
}
