//! The schedule of `[application.tool.spindle]`: a POST to a route of the application, in process, again and again.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderValue, Request};
use http_body_util::BodyExt;
use serde_json::json;
use tokio::sync::watch;

use crate::application::Application;
use crate::output::Output;
use crate::problem::full;

/// A schedule whose templates are filled in.
#[derive(Debug)]
pub(crate) struct Ticks {
    every: std::time::Duration,
    path: String,
    authorization: Option<HeaderValue>,
}

impl Ticks {
    /// Checks the schedule of a manifest.
    pub(crate) fn new(
        schedule: &crate::manifest::Schedule,
        variables: &std::collections::BTreeMap<String, String>,
    ) -> Result<Self> {
        let place = "[application.tool.spindle] tick";
        anyhow::ensure!(
            schedule.path.starts_with('/'),
            "{place}: the path {:?} must begin with a slash",
            schedule.path
        );
        let authorization = schedule.bearer.as_deref().map(|bearer| {
            let token = crate::template::render(bearer, variables, place)?;
            let mut value = HeaderValue::try_from(format!("Bearer {token}"))
                .with_context(|| format!("{place}: the bearer cannot be a header"))?;
            value.set_sensitive(true);
            anyhow::Ok(value)
        });
        Ok(Self {
            every: schedule.every,
            path: schedule.path.clone(),
            authorization: authorization.transpose()?,
        })
    }

    /// Sends them until `stop` changes. One tick ends before the next is sent.
    pub(crate) async fn run(
        self,
        application: Arc<Application>,
        mut stop: watch::Receiver<bool>,
        output: Output,
    ) {
        let client = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(self.every) => {}
            }
            let mut request = Request::post(&self.path).header(HOST, "localhost");
            if let Some(authorization) = &self.authorization {
                request = request.header(AUTHORIZATION, authorization);
            }
            let Ok(request) = request.body(full(bytes::Bytes::new())) else {
                return;
            };
            let response = application.respond_unlogged(request, client).await;
            let status = response.status();
            // An answer that breaks off has been reported where it broke.
            let _ = response.into_body().collect().await;
            if !status.is_success() {
                output.event(&json!({"level": "warn", "message": "tick failed", "path": self.path, "status": status.as_u16()}));
            }
        }
    }
}
