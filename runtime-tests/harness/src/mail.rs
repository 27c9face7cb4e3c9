//! Development's mailbox, as a user's inbox.

use std::time::{Duration, Instant};

use crate::{App, patience};

/// A mail that was sent.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Mail {
    /// Recipient.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// The `text/plain` part.
    pub text: String,
    /// The `text/html` part.
    pub html: String,
    /// RFC 3339.
    pub at: String,
}

impl Mail {
    /// The first number of six digits in the text: a verification code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.text
            .split(|letter: char| !letter.is_ascii_digit())
            .find(|digits| digits.len() == 6)
    }
}

impl App {
    /// The mails to this address by now, newest first.
    pub async fn mails(&self, to: &str) -> Vec<Mail> {
        let query = reqwest::Url::parse_with_params("http://app/dev/mail", [("to", to)])
            .expect("an address");
        let path = format!("/dev/mail?{}", query.query().unwrap_or_default());
        let answer = self.call("GET", &path).send().await.expect(200);
        serde_json::from_value(answer.body["items"].clone()).expect("mails")
    }

    /// The newest mail to this address whose subject has this part. Waits for it: it is a task's work.
    pub async fn mail(&self, to: &str, subject: &str) -> Mail {
        let started = Instant::now();
        loop {
            let mails = self.mails(to).await;
            if let Some(mail) = mails.iter().find(|mail| mail.subject.contains(subject)) {
                return mail.clone();
            }
            assert!(
                started.elapsed() < patience(),
                "no mail “{subject}” to {to} within {:?}, only {mails:?}",
                patience()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
