//! The `profile` component: `/api/v1/profile/...`. Mails go out by the component `mailer`.

use async_trait::async_trait;
use kit::{AppBuilder, Service};
use platform::mail::{Failure, Mailer, Message, Receipt};
use send_wrapper::SendWrapper;
use spin_sdk::http::{IntoResponse, Request};

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    kit::serve!(request, "profile", service, postgres, tokens, worker)
}

fn service(app: AppBuilder) -> Service {
    spindle_profile::api::service(app, Component)
}

/// The `mailer` component, linked into this one.
struct Component;

#[async_trait]
impl Mailer for Component {
    async fn send(&self, message: Message) -> Result<Receipt, Failure> {
        SendWrapper::new(contracts::mail::mailer::send(message)).await
    }
}
