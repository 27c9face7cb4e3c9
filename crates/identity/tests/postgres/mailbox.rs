//! What was mailed, and the codes in it.

use serde_json::Value;

use crate::database::Database;

/// The data of the last mail of this template to this address; null if there is none.
pub(crate) async fn last_mail(db: &Database, to: &str, template: &str) -> Value {
    db.json(
        "select (select payload -> 'data' from platform.tasks
            where kind = 'send_mail' and payload ->> 'recipient' = $1 and payload ->> 'template' = $2
            order by id desc limit 1)::text",
        &[&to, &template],
    )
    .await
}

/// The code that was mailed last.
pub(crate) async fn last_code(db: &Database, to: &str) -> String {
    let mail = last_mail(db, to, "verification_code").await;
    mail["code"].as_str().unwrap().to_owned()
}

/// Another code than this one.
pub(crate) fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

/// A minute passes for the mails that an account may be sent.
pub(crate) async fn a_minute_passes(db: &Database) {
    db.run("update identity.email_codes set sent_at = sent_at - interval '1 minute'")
        .await;
}
