//! How long the database may leave a statement unanswered, and what that says of the next one.
//!
//! A server that takes connections and never answers (a stopped process, a hanging disk, a network that swallows packets) would
//! hold every request until the host ends it. So a statement is given up on, and the instance then rests: whoever has waited for
//! the same statement is told at once, and not after as long again.

use std::pin::pin;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures::future::{Either, select};

use super::DbError;
use crate::clock;
use crate::turn::value;

/// The role's `statement_timeout` (10 s), which ends what is merely slow, and a margin for the way.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(12);

/// As long as `Retry-After` of the refusals says.
const REST: Duration = Duration::from_secs(1);

/// What is known of the server, in one instance.
pub(crate) struct Patience {
    timeout: Duration,
    rest: Duration,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    /// When it answered last.
    answer: Option<Instant>,
    /// When it was last given up on; none since it answered.
    silence: Option<Instant>,
}

impl Default for Patience {
    fn default() -> Self {
        Self::new(STATEMENT_TIMEOUT, REST)
    }
}

impl Patience {
    fn new(timeout: Duration, rest: Duration) -> Self {
        Self {
            timeout,
            rest,
            heard: Mutex::default(),
        }
    }

    /// Refuses a statement that has not begun, while the instance rests.
    pub(crate) fn rested(&self) -> Result<(), DbError> {
        let silence = value(&self.heard).silence;
        if silence.is_some_and(|since| since.elapsed() < self.rest) {
            return Err(DbError::Unavailable(
                "it left a statement unanswered a moment ago".to_owned(),
            ));
        }
        Ok(())
    }

    /// The statement's answer, or `TimedOut`; then its connection must not be used again.
    pub(crate) async fn wait<T>(
        &self,
        statement: impl Future<Output = Result<T, DbError>> + Send,
    ) -> Result<T, DbError> {
        let statement = pin!(statement);
        let alarm = pin!(clock::sleep(self.timeout));
        let answer = match select(statement, alarm).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), _)) => Err(DbError::TimedOut),
        };
        let mut heard = value(&self.heard);
        match &answer {
            Err(DbError::TimedOut) => {
                // Who has answered others meanwhile is slow, and not silent.
                if heard.answer.is_none_or(|at| at.elapsed() >= self.timeout) {
                    heard.silence = Some(Instant::now());
                }
            }
            Err(error) if error.breaks_connection() => {}
            // A refusal is an answer too.
            Ok(_) | Err(_) => {
                *heard = Heard {
                    answer: Some(Instant::now()),
                    silence: None,
                }
            }
        }
        drop(heard);
        answer
    }

    /// Whether it has answered anything within this time.
    pub(crate) fn answered_within(&self, time: Duration) -> bool {
        let answer = value(&self.heard).answer;
        answer.is_some_and(|at| at.elapsed() < time)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn a_silent_server_is_given_up_on_and_not_asked_again_at_once() {
        let patience = Patience::new(Duration::from_millis(20), Duration::from_secs(60));
        let silent = patience.wait(pending::<Result<(), DbError>>()).await;
        assert!(matches!(silent, Err(DbError::TimedOut)));
        assert!(matches!(patience.rested(), Err(DbError::Unavailable(_))));
        assert!(!patience.answered_within(Duration::from_secs(60)));

        // A statement that was under way already shows that it is back.
        patience.wait(ready(Ok(()))).await.unwrap();
        assert!(patience.rested().is_ok());
        assert!(patience.answered_within(Duration::from_secs(60)));
    }

    #[tokio::test]
    async fn a_server_that_answers_others_meanwhile_is_asked_on() {
        let patience = Patience::new(Duration::from_millis(50), Duration::from_secs(60));
        let other = async {
            clock::sleep(Duration::from_millis(10)).await;
            patience.wait(ready(Ok(()))).await
        };
        let (slow, other) = tokio::join!(patience.wait(pending::<Result<(), DbError>>()), other);
        assert!(matches!(slow, Err(DbError::TimedOut)));
        assert!(other.is_ok() && patience.rested().is_ok());
    }

    #[tokio::test]
    async fn a_refusal_is_an_answer_and_a_broken_connection_is_none() {
        let patience = Patience::default();
        let lost = DbError::ConnectionLost("reset".to_owned());
        assert!(patience.wait(ready(Err::<(), _>(lost))).await.is_err());
        assert!(!patience.answered_within(Duration::from_secs(60)));
        assert!(patience.rested().is_ok(), "it can be reached again at once");

        let refused = DbError::from_sqlstate("23505", "", None);
        assert!(patience.wait(ready(Err::<(), _>(refused))).await.is_err());
        assert!(patience.answered_within(Duration::from_secs(60)));
    }
}
