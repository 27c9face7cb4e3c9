//! The `mailer` component: `spindle:mail/mailer` over the operator's mail provider. It inherits the provider's address and the
//! variables of the account, and keeps nothing.

#[expect(unsafe_code, reason = "component exports")]
mod bindings {
    #![allow(
        unreachable_pub,
        missing_docs,
        clippy::all,
        clippy::allow_attributes_without_reason,
        reason = "generated code"
    )]

    wit_bindgen::generate!({
        inline: "
            package spindle:mailer-component@1.0.0;
            world provider {
                export spindle:mail/mailer@1.0.0;
            }
        ",
        path: "../../wit/mail",
        world: "spindle:mailer-component/provider",
    });

    export!(Provider with_types_in self);

    use super::Provider;
}

use bindings::exports::spindle::mail::mailer::{Failure, Guest, Message, Postponement, Receipt};
use kit::config::Variables;
use secrecy::SecretString;
use spindle_mailer::{Account, TIMEOUT, VARIABLES};

struct Provider;

impl Guest for Provider {
    async fn send(message: Message) -> Result<Receipt, Failure> {
        hand_over(message).await.map_err(tell)
    }
}

async fn hand_over(message: Message) -> Result<Receipt, spindle_mailer::Failure> {
    let ports = kit::guest::outbound(kit::guest::ports());
    let account = account(ports.variables.as_ref()).await?;
    let Message {
        key,
        to,
        subject,
        text,
        html,
        tag,
    } = message;
    let request = account.request(&spindle_mailer::Message {
        key,
        to,
        subject,
        text,
        html,
        tag,
    })?;
    let answer = ports
        .outbound
        .send(request, TIMEOUT)
        .await
        .map_err(spindle_mailer::Failure::no_answer)?;
    let receipt = account.read(answer.status(), answer.headers(), answer.body())?;
    Ok(Receipt {
        provider: account.provider().name().to_owned(),
        id: receipt.id,
    })
}

/// Read for every mail: mails are few, and a variable that the operator changes counts at once.
async fn account(variables: &dyn Variables) -> Result<Account, spindle_mailer::Failure> {
    let [provider, origin, token, from] = VARIABLES;
    let read = async |name| variables.get(name).await.unwrap_or_default();
    Account::new(
        &read(provider).await,
        &read(origin).await,
        SecretString::from(read(token).await),
        &read(from).await,
    )
}

fn tell(failure: spindle_mailer::Failure) -> Failure {
    match failure {
        spindle_mailer::Failure::Unavailable(reason, retry_after) => {
            Failure::Unavailable(Postponement {
                reason,
                retry_after,
            })
        }
        spindle_mailer::Failure::Refused(reason) => Failure::Refused(reason),
        spindle_mailer::Failure::Misconfigured(what) => Failure::Misconfigured(what),
    }
}
