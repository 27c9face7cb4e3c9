//! What can go wrong with a statement, by what a caller does about it.

use crate::Problem;

/// A statement that failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DbError {
    /// No connection could be had in time. Nothing was run.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The connection broke under the statement. A write may or may not have been done.
    #[error("the connection to the database was lost: {0}")]
    ConnectionLost(String),
    /// The server left the statement unanswered and was given up on. A write may or may not have been done.
    #[error("the database did not answer in time")]
    TimedOut,
    /// The statement ran longer than `statement_timeout`, or the server cancelled it.
    #[error("the statement was cancelled: {0}")]
    Cancelled(String),
    /// The server undid the statement in favour of another: a deadlock (40P01) or what else cannot be put in a row (40001). Nothing
    /// was done.
    #[error("the statement was undone: {0}")]
    Undone(String),
    /// A unique constraint (23505).
    #[error("{constraint} is unique")]
    Unique {
        /// Name of the constraint.
        constraint: String,
    },
    /// The credential that the statement acts for was revoked (SP401, `identity.require_live`). Nothing was done.
    #[error("the credential was revoked")]
    Revoked,
    /// A text holds NUL, which no column can (22021, 22P05). It came with the request: nothing of ours writes one.
    #[error("a text holds NUL: {0}")]
    Nul(String),
    /// Any other answer of the database.
    #[error("{code}: {message}")]
    Failed {
        /// SQLSTATE.
        code: String,
        /// The server's message.
        message: String,
    },
    /// A value is not what the code expects. Never silent.
    #[error("column {column}: {reason}")]
    Decode {
        /// Name of the column.
        column: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl DbError {
    /// A value that is not what the code expects.
    pub fn decode(column: &str, reason: impl std::fmt::Display) -> Self {
        Self::Decode {
            column: column.to_owned(),
            reason: reason.to_string(),
        }
    }

    /// Sorts an answer of the server by its SQLSTATE (Postgres manual, appendix A).
    #[must_use]
    pub fn from_sqlstate(code: &str, message: &str, constraint: Option<&str>) -> Self {
        match code {
            "23505" => Self::Unique {
                constraint: constraint.unwrap_or("").to_owned(),
            },
            "SP401" => Self::Revoked,
            "22021" | "22P05" => Self::Nul(message.to_owned()),
            "57014" => Self::Cancelled(message.to_owned()),
            "40P01" | "40001" => Self::Undone(message.to_owned()),
            // Shut down, crashed, starting, or out of connections.
            "57P01" | "57P02" | "57P03" | "57P05" => Self::ConnectionLost(message.to_owned()),
            "53300" => Self::Unavailable(message.to_owned()),
            _ => Self::Failed {
                code: code.to_owned(),
                message: message.to_owned(),
            },
        }
    }

    /// True if the connection must not be used again.
    #[must_use]
    pub fn breaks_connection(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::ConnectionLost(_) | Self::TimedOut
        )
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match error {
            // Nothing was done, or it was undone.
            DbError::Unavailable(_) | DbError::Cancelled(_) | DbError::Undone(_) => {
                Self::unavailable("The database").caused_by(error)
            }
            DbError::ConnectionLost(_) | DbError::TimedOut => Self::unavailable("The database")
                .detail(
                    "The database did not answer. Whether a change was made is not known: look before you send it \
                     again, or send it with the Idempotency-Key of the first time.",
                )
                .caused_by(error),
            DbError::Revoked => crate::principal::revoked(),
            DbError::Nul(_) => Self::bad_request("A text holds a NUL character.").caused_by(error),
            _ => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_done_is_not_told_as_undone() {
        let text = || "cause".to_owned();
        for (error, known, reusable) in [
            (DbError::Unavailable(text()), true, false),
            (DbError::Cancelled(text()), true, true),
            (DbError::Undone(text()), true, true),
            (DbError::ConnectionLost(text()), false, false),
            (DbError::TimedOut, false, false),
        ] {
            assert_eq!(error.breaks_connection(), !reusable, "{error}");
            let problem = Problem::from(error.clone());
            assert_eq!(problem.status().as_u16(), 503, "{error}");
            assert_eq!(
                !problem.message().contains("is not known"),
                known,
                "{error}"
            );
            let answer = problem.render("r-1");
            assert_eq!(answer.headers()[http::header::RETRY_AFTER], "1", "{error}");
        }
    }
}
