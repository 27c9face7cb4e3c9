//! What is asked of every server alike.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use serde_json::Value;

use crate::load::{Shot, ask};
use crate::seed::Seeded;

/// How many different posts are asked for: more than fit into any cache of a connection, few enough to hold in memory.
const DIFFERENT_POSTS: usize = 500;

/// One endpoint under load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scenario {
    Post,
    Posts,
    PostWithToken,
    Profile,
    Login,
    Search,
    Feed,
}

impl Scenario {
    pub(crate) const ALL: [Self; 5] = [
        Self::Post,
        Self::Posts,
        Self::Profile,
        Self::Login,
        Self::PostWithToken,
    ];

    /// What must not cost more where there are more posts.
    pub(crate) const OF_A_LARGE_BLOG: [Self; 4] =
        [Self::Post, Self::Posts, Self::Search, Self::Feed];

    /// As the tables call it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Post => "single post by slug",
            Self::Posts => "list of 20 posts",
            Self::PostWithToken => "single post by slug, with a token",
            Self::Profile => "own profile with token",
            Self::Login => "login",
            Self::Search => "search, frequent and rare words in turns",
            Self::Feed => "personal feed of 20, 50 authors followed",
        }
    }

    /// Whether this server is driven: what credentials cost is our question alone.
    pub(crate) fn asks(self, server: &str) -> bool {
        self != Self::PostWithToken || server != "peer"
    }

    /// The requests, with a token of this server's own where one is needed.
    pub(crate) async fn shots(
        self,
        server: SocketAddr,
        seeded: &Seeded,
    ) -> anyhow::Result<Arc<[Shot]>> {
        let posts = || {
            seeded
                .slugs
                .iter()
                .take(DIFFERENT_POSTS)
                .map(|slug| Shot::get(format!("/api/v1/blog/posts/{slug}")))
        };
        Ok(match self {
            Self::Post => posts().collect(),
            Self::Posts => [Shot::get("/api/v1/blog/posts?limit=20")].into(),
            Self::PostWithToken => {
                let token = log_in(server, seeded).await?;
                posts().map(|shot| shot.bearer(&token)).collect()
            }
            Self::Profile => {
                [Shot::get("/api/v1/profile").bearer(&log_in(server, seeded).await?)].into()
            }
            Self::Login => [seeded.login()].into(),
            Self::Search => seeded
                .words
                .iter()
                .map(|word| Shot::get(format!("/api/v1/blog/search?q={word}")))
                .collect(),
            Self::Feed => [Shot::get("/api/v1/blog/posts?following=true&limit=20")
                .bearer(&log_in(server, seeded).await?)]
            .into(),
        })
    }
}

/// A new access token; they live five minutes.
async fn log_in(server: SocketAddr, seeded: &Seeded) -> anyhow::Result<String> {
    let answer = ask(server, &seeded.login()).await?;
    answer
        .get("access_token")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .context("a login without access_token")
}
