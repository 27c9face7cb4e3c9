//! The tasks `notify` and `send_mail`. Both may come twice, at once even, and tell once.

use std::time::Duration;

use axum::extract::State;
use kit::log::{self, Level};
use kit::task::{Task, give_up, put_off};
use kit::{App, Json, Problem, clock, id};
use mail::{Mail, Recipient, Rendered};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::mail::store::{BeginMail, Finish};
use crate::mail::{Failure, Mailer, Message, Route, store};
use crate::notification::Notice;
use crate::notification::store::{self as notifications, Delivery};

/// How long a mail waits for a provider that did not say how long.
const PAUSE: Duration = Duration::from_secs(10);
/// How long it waits for the operator.
const PAUSE_FOR_OPERATOR: Duration = Duration::from_secs(60);

/// The way out of the house.
pub(crate) struct Post(pub(crate) Box<dyn Mailer>);

/// Payload of `platform.notify`.
#[derive(Deserialize)]
pub(crate) struct Notify {
    user_id: Uuid,
    r#type: String,
    /// Where the mail goes; none for the account's address.
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    data: Value,
}

/// Payload of `platform.send_mail`.
#[derive(Deserialize)]
pub(crate) struct SendMail {
    recipient: String,
    template: String,
    #[serde(default)]
    data: Value,
    /// When the mail was asked for, milliseconds since the epoch.
    #[serde(default)]
    asked_ms: Option<i64>,
}

/// Kept as the task's result.
#[derive(Serialize)]
pub(crate) struct Sent {
    /// Where the mail is; none if it is not known any more.
    provider: Option<String>,
    id: Option<String>,
}

/// By the user's preferences an in-app notification, a mail, both or nothing.
pub(crate) async fn notify(
    State(app): State<App>,
    task: Task<Notify>,
) -> Result<axum::Json<Value>, Problem> {
    let Notify {
        user_id,
        r#type,
        address,
        data,
    } = task.payload;
    let notice = Notice::read(&r#type, data.clone()).map_err(|unfit| give_up(unfit.to_string()))?;
    let words = notice.words(&app.config().public_url);
    let done = notifications::deliver(
        app.db(),
        &task.context,
        Delivery {
            key: &task.idempotency_key,
            account: user_id,
            address,
            notice: &notice,
            data,
            words,
        },
    )
    .await?;
    Ok(axum::Json(done))
}

/// Writes a mail and hands it over.
pub(crate) async fn send_mail(
    State(app): State<App>,
    task: Task<SendMail>,
) -> Result<Json<Sent>, Problem> {
    let SendMail {
        recipient,
        template,
        data,
        asked_ms,
    } = &task.payload;
    let recipient =
        Recipient::try_from(recipient.as_str()).map_err(|error| give_up(error.to_string()))?;
    let mail = Mail::read(template, data.clone()).map_err(|unfit| give_up(unfit.to_string()))?;
    // A code that has expired helps nobody who gets it.
    let useful_until = match (asked_ms, mail.minutes_of_use()) {
        (Some(asked), Some(minutes)) => Some(asked.saturating_add(i64::from(minutes) * 60_000)),
        _ => None,
    };
    let route = Route::of(app.config())?;
    let rendered = mail::render(&mail, &app.config().public_url);
    let key = task.idempotency_key.as_str();
    let sent = match route {
        Route::Mailbox => {
            let delivered = store::deliver_to_mailbox(
                app.db(),
                key,
                &recipient,
                template,
                &rendered,
                useful_until,
            )
            .await?;
            if !delivered {
                return Err(too_late());
            }
            Sent {
                provider: Some("mailbox".to_owned()),
                id: None,
            }
        }
        Route::Provider => {
            let message = message(key, &recipient, template, rendered);
            hand_over(&app, message, useful_until).await?
        }
    };
    log::line(
        Level::Info,
        app.name(),
        "mail sent",
        json!({
            "request_id": task.context.request_id,
            "traceparent": task.context.traceparent,
            "task_id": task.id,
            "template": template,
            "provider": sent.provider,
            "provider_id": sent.id,
        }),
    );
    Ok(Json(sent))
}

fn message(key: &str, recipient: &Recipient, template: &str, rendered: Rendered) -> Message {
    Message {
        key: key.to_owned(),
        to: recipient.as_str().to_owned(),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        tag: template.to_owned(),
    }
}

fn too_late() -> Problem {
    give_up("what the mail holds has expired before it could be sent")
}

/// Takes the mail's lease, hands the mail over, and keeps what came of it. After a crash between the last two the provider is
/// asked again under the same key.
async fn hand_over(
    app: &App,
    message: Message,
    useful_until: Option<i64>,
) -> Result<Sent, Problem> {
    let post = app
        .extension::<Post>()
        .ok_or_else(|| Problem::internal("no mailer"))?;
    let (key, holder) = (message.key.clone(), id::new());
    match store::begin(app.db(), &key, &message.tag, holder, useful_until).await? {
        BeginMail::Begun => {}
        BeginMail::Sent => {
            return Ok(Sent {
                provider: None,
                id: None,
            });
        }
        BeginMail::Refused => return Err(give_up("the provider refused this mail before")),
        BeginMail::Late => return Err(too_late()),
        BeginMail::Busy { retry_after } => {
            return Err(put_off(
                Duration::from_secs(retry_after),
                "another attempt is handing this mail over",
            ));
        }
    }
    let (finish, answer) = match post.0.send(message).await {
        Ok(receipt) => {
            let sent = Sent {
                provider: Some(receipt.provider),
                id: receipt.id,
            };
            (Finish::Sent, Ok(sent))
        }
        Err(Failure::Refused(why)) => (Finish::Refused, Err(give_up(why))),
        Err(Failure::Unavailable(postponement)) => {
            let pause = postponement
                .retry_after
                .map_or(PAUSE, |seconds| Duration::from_secs(seconds.into()));
            (Finish::GivenBack, Err(put_off(pause, postponement.reason)))
        }
        Err(Failure::Misconfigured(what)) => {
            log::line(
                Level::Error,
                app.name(),
                "mails wait for the operator",
                json!({"reason": what}),
            );
            (Finish::GivenBack, Err(put_off(PAUSE_FOR_OPERATOR, what)))
        }
    };
    keep(app, &key, holder, finish, answer.as_ref().ok()).await?;
    answer
}

/// Writes down what came of a mail. One that was sent but not written down would be sent again: worth more than one attempt.
async fn keep(
    app: &App,
    key: &str,
    holder: Uuid,
    finish: Finish,
    sent: Option<&Sent>,
) -> Result<(), Problem> {
    let provider = sent.and_then(|sent| sent.provider.as_deref());
    let id = sent.and_then(|sent| sent.id.as_deref());
    let mut pauses = match finish {
        Finish::Sent => [100, 1_000, 3_000].as_slice(),
        Finish::Refused | Finish::GivenBack => &[],
    }
    .iter();
    loop {
        match (
            store::finish(app.db(), key, holder, finish, provider, id).await,
            pauses.next(),
        ) {
            (Ok(()), _) => return Ok(()),
            (Err(_), Some(pause)) => clock::sleep(Duration::from_millis(*pause)).await,
            (Err(error), None) => return Err(error.into()),
        }
    }
}
