//! Who uses the app: readers, members, authors and people who come back, each in a way of their own, with pauses.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{sleep, timeout};

use crate::ledger::Ledger;
use crate::load::{Connection, Shot};
use crate::seed::PASSWORD;
use crate::stage::Stage;
use crate::timeline::{Answer, BROKEN};

/// How long a user waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long before the next attempt when nobody answers.
const RETRY: Duration = Duration::from_millis(250);
/// Access tokens live five minutes.
const RENEWAL: Duration = Duration::from_secs(200);

/// What somebody does here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The list, a post, its page, a search; without an account.
    Reader,
    /// The own account, profile and notifications, and a change of the profile.
    Member,
    /// Posts, from their creation to the end of every second one.
    Author,
    /// Signs in, stays signed in, signs out.
    Returner,
}

impl Kind {
    /// Of twenty users in turn: twelve read, five are members, two write, one comes back again and again.
    pub(crate) fn of(number: usize) -> Self {
        match number % 20 {
            0..=11 => Self::Reader,
            12..=16 => Self::Member,
            17 | 18 => Self::Author,
            _ => Self::Returner,
        }
    }

    /// After each round. Hashing a password costs more than all else that a round of anybody does.
    fn pauses(self) -> u32 {
        if self == Self::Returner { 10 } else { 1 }
    }

    pub(crate) fn has_account(self) -> bool {
        self != Self::Reader
    }
}

/// The address of a user's account.
pub(crate) fn email(number: usize) -> String {
    format!("load-{number}@example.com")
}

/// One of them.
pub(crate) struct User {
    number: usize,
    kind: Kind,
    stage: Arc<Stage>,
    answers: UnboundedSender<Answer>,
    connection: Option<Connection>,
    token: Option<(String, Instant)>,
    ledger: Ledger,
    round: usize,
}

impl User {
    pub(crate) fn new(number: usize, stage: &Arc<Stage>, answers: UnboundedSender<Answer>) -> Self {
        Self {
            number,
            kind: Kind::of(number),
            stage: Arc::clone(stage),
            answers,
            connection: None,
            token: None,
            ledger: Ledger::new(email(number)),
            // So that not all ask for the same.
            round: number,
        }
    }

    /// Goes on until the time is up; what was acknowledged is what is left.
    pub(crate) async fn run(mut self) -> Ledger {
        let end = self.stage.begin + self.stage.length;
        sleep(self.stage.arrival(self.number)).await;
        while Instant::now() < end {
            match self.kind {
                Kind::Reader => self.read().await,
                Kind::Member => self.live().await,
                Kind::Author => self.write().await,
                Kind::Returner => self.come_back().await,
            }
            self.round += 1;
            sleep(self.stage.pause * self.kind.pauses()).await;
        }
        self.ledger
    }

    async fn read(&mut self) {
        let posts = &self.stage.slugs;
        let slug = posts.get(self.round % posts.len().max(1)).cloned();
        let slug = slug.unwrap_or_default();
        for (route, path) in [
            ("GET /blog/posts", "/api/v1/blog/posts?limit=20".to_owned()),
            (
                "GET /blog/posts/{slug}",
                format!("/api/v1/blog/posts/{slug}"),
            ),
            ("GET /blog/{slug}, the page", format!("/blog/{slug}")),
            (
                "GET /blog/search",
                format!("/api/v1/blog/search?q={}", self.round % 100),
            ),
        ] {
            self.send(route, Shot::get(path)).await;
        }
    }

    async fn live(&mut self) {
        for (route, path) in [
            ("GET /auth/me", "/api/v1/auth/me"),
            ("GET /profile", "/api/v1/profile"),
            (
                "GET /profile/notifications",
                "/api/v1/profile/notifications",
            ),
        ] {
            self.send_signed(route, Shot::get(path)).await;
        }
        let bio = format!("Round {} of user {}", self.round, self.number);
        let change = changed("/api/v1/profile", &json!({"bio": bio}));
        self.ledger.try_bio(&bio);
        if let Some((status, _)) = self.send_signed("PATCH /profile", change).await {
            self.ledger.bio_was(&bio, status);
        }
    }

    async fn write(&mut self) {
        let post = json!({
            "title": format!("Load {} {}", self.number, self.round),
            "body": "# Load\n\nSome *text*, and some more of it.",
            "tags": ["load"],
            "status": "published",
        });
        let shot = Shot::post("/api/v1/blog/posts", &post);
        let Some((StatusCode::CREATED, post)) = self.send_signed("POST /blog/posts", shot).await
        else {
            return;
        };
        let Some(slug) = post.get("slug").and_then(Value::as_str) else {
            return;
        };
        self.ledger.published(slug);
        let path = format!("/api/v1/blog/posts/{slug}");
        let change = Shot {
            if_match: Some("*".to_owned()),
            ..changed(&path, &json!({"summary": "Changed"}))
        };
        self.send_signed("PATCH /blog/posts/{slug}", change).await;
        if self.round.is_multiple_of(2) {
            self.ledger.try_deletion(slug);
            let deletion = Shot {
                method: Method::DELETE,
                ..Shot::get(&path)
            };
            if let Some((status, _)) = self
                .send_signed("DELETE /blog/posts/{slug}", deletion)
                .await
                && status.is_success()
            {
                self.ledger.deleted(slug);
            }
        }
    }

    async fn come_back(&mut self) {
        let Some(tokens) = self.sign_in().await else {
            return;
        };
        let refresh = Shot::post("/api/v1/auth/refresh", &tokens);
        let Some((status, tokens)) = self.send("POST /auth/refresh", refresh).await else {
            return;
        };
        if status.is_success()
            && let Some(token) = tokens.get("access_token").and_then(Value::as_str)
        {
            let end = Shot::post("/api/v1/auth/logout", &json!({})).bearer(token);
            self.send("POST /auth/logout", end).await;
        }
    }

    async fn sign_in(&mut self) -> Option<Value> {
        let login = json!({"login": email(self.number), "password": PASSWORD});
        let login = Shot::post("/api/v1/auth/login", &login);
        let (status, tokens) = self.send("POST /auth/login", login).await?;
        status.is_success().then_some(tokens)
    }

    /// With the own token, a new one where it is old.
    async fn send_signed(
        &mut self,
        route: &'static str,
        shot: Shot,
    ) -> Option<(StatusCode, Value)> {
        let old = self
            .token
            .as_ref()
            .is_none_or(|(_, since)| since.elapsed() > RENEWAL);
        if old {
            let tokens = self.sign_in().await?;
            let token = tokens.get("access_token").and_then(Value::as_str)?;
            self.token = Some((token.to_owned(), Instant::now()));
        }
        let (token, _) = self.token.as_ref()?;
        let shot = shot.bearer(token);
        self.send(route, shot).await
    }

    /// Notes what came of it; none where nobody answered.
    async fn send(&mut self, route: &'static str, shot: Shot) -> Option<(StatusCode, Value)> {
        let sent = Instant::now();
        let answer = self.attempt(&shot).await;
        let status = answer
            .as_ref()
            .map_or(BROKEN, |(status, _)| status.as_u16());
        // Whoever listens goes last.
        let _ = self.answers.send(Answer {
            route,
            status,
            sent: sent.saturating_duration_since(self.stage.begin),
            took: sent.elapsed(),
        });
        match answer {
            Ok((status, body)) => Some((status, serde_json::from_slice(&body).unwrap_or_default())),
            Err(_nobody) => {
                self.connection = None;
                sleep(RETRY).await;
                None
            }
        }
    }

    async fn attempt(&mut self, shot: &Shot) -> anyhow::Result<(StatusCode, Bytes)> {
        if self.connection.is_none() {
            self.connection = Some(Connection::open(self.stage.address).await?);
        }
        let connection = self.connection.as_mut().context("no connection")?;
        timeout(PATIENCE, connection.send(shot))
            .await
            .context("no answer in time")?
    }
}

fn changed(path: &str, body: &Value) -> Shot {
    Shot {
        method: Method::PATCH,
        ..Shot::post(path, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_read_and_every_kind_is_there() {
        let count = |kind| (0..200).filter(|number| Kind::of(*number) == kind).count();
        assert_eq!(count(Kind::Reader), 120);
        assert_eq!(count(Kind::Member), 50);
        assert_eq!(count(Kind::Author), 20);
        assert_eq!(count(Kind::Returner), 10);
    }
}
