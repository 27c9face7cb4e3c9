//! Every mail as it is sent. After a change look at the pages too: `cargo run -p spindle-mail --example preview`.
#![allow(clippy::unwrap_used, reason = "a test's helper stops the test")]

mod samples;

use spindle_mail::{Mail, Rendered, render};

fn rendered() -> Vec<(&'static str, Rendered)> {
    samples::all()
        .into_iter()
        .map(|(template, data)| {
            let mail = Mail::read(template, data).unwrap();
            (template, render(&mail, "https://spindle.example"))
        })
        .collect()
}

#[test]
fn each_template_reads_as_it_should() {
    for (template, mail) in rendered() {
        let Rendered {
            subject,
            text,
            html,
        } = mail;
        insta::assert_snapshot!(template, format!("Subject: {subject}\n\n{text}"));
        insta::assert_snapshot!(
            format!("{template}_html"),
            html.replace("><", ">\n<").replace("}.", "}\n.")
        );
    }
}

#[test]
fn what_people_wrote_is_text_in_every_part() {
    let (_, mail) = rendered()
        .into_iter()
        .find(|(template, _)| *template == "bot_stopped")
        .unwrap();
    assert!(!mail.html.contains("<script"), "{}", mail.html);
    assert!(
        mail.html
            .contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;friends&quot;")
    );
    assert_eq!(mail.subject.lines().count(), 1);
    assert!(
        !mail.text.contains("\r") && !mail.text.contains("\nBcc:"),
        "{}",
        mail.text
    );
}

#[test]
fn nothing_is_fetched_and_nothing_runs() {
    for (template, mail) in rendered() {
        for forbidden in [
            "<img",
            "<script",
            "<link",
            "url(",
            "@import",
            "<form",
            "javascript:",
        ] {
            assert!(!mail.html.contains(forbidden), "{template} has {forbidden}");
        }
        for part in mail.html.split("href=\"").skip(1) {
            assert!(
                part.starts_with("https://spindle.example"),
                "{template}: {part}"
            );
        }
    }
}

#[test]
fn a_mail_client_can_show_it() {
    for (template, mail) in rendered() {
        // Gmail cuts what is longer than 102 KB.
        assert!(mail.html.len() < 20_000, "{template}: {}", mail.html.len());
        assert!(
            mail.subject.chars().count() <= 100,
            "{template}: {}",
            mail.subject
        );
        for line in mail.text.lines() {
            assert!(
                line.chars().count() <= 72 || line.starts_with("https://"),
                "{template}: {line}"
            );
        }
    }
}
