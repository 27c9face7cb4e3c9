//! Mails on their way: who hands them over, what was handed over already, and development's mailbox.

pub mod mailbox;
mod route;
pub(crate) mod store;

use async_trait::async_trait;
pub use contracts::mail::mailer::{Failure, Message, Postponement, Receipt};
pub(crate) use route::Route;

/// Hands a mail to a provider: the component `mailer`, or natively whatever a test or server has.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands over one mail; answers within 12 s.
    async fn send(&self, message: Message) -> Result<Receipt, Failure>;
}

/// For programs without a provider: every mail waits for the operator.
pub struct NoMailer;

#[async_trait]
impl Mailer for NoMailer {
    async fn send(&self, _: Message) -> Result<Receipt, Failure> {
        Err(Failure::Misconfigured(
            "mail_provider names a provider, and this program has none".to_owned(),
        ))
    }
}
