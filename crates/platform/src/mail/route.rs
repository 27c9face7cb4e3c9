//! Where mails go: to the provider, or into development's mailbox.

use kit::{Config, Environment, Problem};

/// Where mails go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Rows that `/dev/mail` shows.
    Mailbox,
    /// The component `mailer`.
    Provider,
}

impl Route {
    /// Decided by `environment` and `mail_provider`: development has a mailbox unless it names a provider; production has a
    /// provider, for a mailbox would keep codes and links where they can be read.
    ///
    /// # Errors
    /// 503: mails wait until the operator has set the variable.
    pub(crate) fn of(config: &Config) -> Result<Self, Problem> {
        let provider = config.variable("mail_provider").map_or("", str::trim);
        match (config.environment, provider) {
            (Environment::Development, "" | "mailbox") => Ok(Self::Mailbox),
            (Environment::Production, "" | "mailbox") => Err(Problem::misconfigured(
                "mail_provider",
                "must name a provider in production: `postmark` or `resend`",
            )),
            _ => Ok(Self::Provider),
        }
    }
}
