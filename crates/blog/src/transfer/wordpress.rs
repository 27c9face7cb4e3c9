//! WordPress' export (WXR 1.x): an RSS feed with more in it.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::{Foreign, from_html};

/// The posts of an export; pages, attachments and what is in the bin are none.
pub(crate) fn read(text: &str) -> Result<Vec<Foreign>, String> {
    let mut reader = Reader::from_str(text);
    let mut posts = Vec::new();
    let mut item: Option<Item> = None;
    let mut depth = 0_usize;
    let mut is_feed = false;
    let mut field = String::new();
    let mut content = String::new();
    loop {
        let event = reader
            .read_event()
            .map_err(|error| format!("not XML at byte {}: {error}", reader.buffer_position()))?;
        match event {
            Event::Start(tag) => {
                let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
                depth += 1;
                if depth > 64 {
                    return Err("elements are nested too deeply".to_owned());
                }
                is_feed |= name == "rss";
                if name == "item" {
                    item = Some(Item::default());
                } else if let Some(item) = &mut item {
                    field = name;
                    content.clear();
                    item.domain = tag
                        .attributes()
                        .flatten()
                        .find(|attribute| attribute.key.as_ref() == b"domain")
                        .map(|attribute| String::from_utf8_lossy(&attribute.value).into_owned());
                }
            }
            Event::Text(text) => {
                content.push_str(&text.decode().map_err(|error| error.to_string())?)
            }
            Event::CData(data) => content.push_str(&String::from_utf8_lossy(&data)),
            Event::GeneralRef(entity) => content.push(character(&String::from_utf8_lossy(&entity))),
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                if tag.name().as_ref() == b"item" {
                    posts.extend(item.take().and_then(Item::post));
                } else if let Some(item) = &mut item {
                    item.set(&field, content.trim());
                    content.clear();
                    field.clear();
                }
            }
            // No DTD is read, so no entity grows.
            Event::DocType(_) => return Err("must have no document type".to_owned()),
            Event::Eof if depth > 0 => return Err("ends in the middle".to_owned()),
            Event::Eof if !is_feed => {
                return Err("must be an export of WordPress, which has an element rss".to_owned());
            }
            Event::Eof => return Ok(posts),
            _ => {}
        }
    }
}

/// One of XML's own entities, or a number.
fn character(name: &str) -> char {
    let number = |digits: &str, radix| {
        u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32)
    };
    match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => name
            .strip_prefix("#x")
            .and_then(|digits| number(digits, 16))
            .or_else(|| name.strip_prefix('#').and_then(|digits| number(digits, 10)))
            .filter(|c| *c != '\0')
            .unwrap_or('\u{fffd}'),
    }
}

#[derive(Default)]
struct Item {
    post: Foreign,
    domain: Option<String>,
    kind: String,
    status: String,
    /// Readers were asked for a password.
    locked: bool,
    open: bool,
    link: Option<String>,
}

impl Item {
    fn set(&mut self, field: &str, text: &str) {
        let some = || (!text.is_empty()).then(|| text.to_owned());
        match field {
            "title" => self.post.title = text.to_owned(),
            "link" => self.link = some(),
            "wp:post_id" if !text.is_empty() => self.post.source = format!("wordpress:{text}"),
            "guid" if !text.is_empty() && self.post.source.is_empty() => {
                self.post.source = format!("wordpress:{text}")
            }
            "wp:post_name" => self.post.slug = some(),
            "content:encoded" => self.post.body = from_html(text),
            "excerpt:encoded" => self.post.summary = some(),
            "wp:post_type" => text.clone_into(&mut self.kind),
            "wp:status" => text.clone_into(&mut self.status),
            "wp:post_password" => self.locked = !text.is_empty(),
            "wp:comment_status" => self.open = text == "open",
            // 2026-01-31 12:00:00, or zeros for a draft.
            "wp:post_date_gmt" if !text.starts_with("0000") => {
                self.post.published_at = Some(format!("{}Z", text.replacen(' ', "T", 1)));
            }
            "category"
                if matches!(self.domain.as_deref(), Some("post_tag" | "category"))
                    && !text.is_empty()
                    && text != "Uncategorized" =>
            {
                // WordPress keeps names escaped, and writes them so.
                self.post.tags.push(text.replace("&amp;", "&"));
            }
            _ => {}
        }
    }

    fn post(mut self) -> Option<Foreign> {
        if self.kind != "post" || self.status == "trash" || self.status == "auto-draft" {
            return None;
        }
        if self.post.source.is_empty() {
            // Hand-made files: the address or, without one, the time tells posts of one title apart.
            let when = self.post.published_at.as_deref().unwrap_or_default();
            let name = self.post.slug.as_deref().unwrap_or(&self.post.title);
            self.post.source = match &self.link {
                Some(link) => format!("wordpress:{link}"),
                None => format!("wordpress:{name} {when}"),
            };
        }
        self.post.published = !self.locked && matches!(self.status.as_str(), "publish" | "future");
        self.post.comments = (!self.open).then(|| "closed".to_owned());
        Some(self.post)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WXR: &str = r#"<?xml version="1.0"?><rss xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Blog</title>
        <item><title>Salt &amp; pepper &#8211; more</title><guid>g</guid><content:encoded><![CDATA[One.

Two <b>bold</b>.]]></content:encoded><excerpt:encoded><![CDATA[]]></excerpt:encoded><wp:post_id>7</wp:post_id>
        <wp:post_date_gmt>2020-01-31 12:00:00</wp:post_date_gmt><wp:comment_status>open</wp:comment_status><wp:post_name>salt</wp:post_name>
        <wp:status>publish</wp:status><wp:post_type>post</wp:post_type>
        <category domain="post_tag" nicename="x"><![CDATA[Spices &amp; herbs]]></category><category domain="category" nicename="u"><![CDATA[Uncategorized]]></category></item>
        <item><title>Page</title><wp:post_type>page</wp:post_type></item>
        <item><title>Bin</title><wp:post_type>post</wp:post_type><wp:status>trash</wp:status></item></channel></rss>"#;

    #[test]
    fn posts_come_and_pages_and_the_bin_stay() {
        let posts = read(WXR).unwrap();
        assert_eq!(posts.len(), 1);
        let post = &posts[0];
        assert_eq!(
            (post.title.as_str(), post.source.as_str()),
            ("Salt & pepper – more", "wordpress:7")
        );
        assert_eq!(post.body, "One.\n\nTwo <b>bold</b>.");
        assert_eq!(post.published_at.as_deref(), Some("2020-01-31T12:00:00Z"));
        assert_eq!(
            (
                post.tags.as_slice(),
                post.summary.as_deref(),
                post.comments.as_deref()
            ),
            (["Spices & herbs".to_owned()].as_slice(), None, None)
        );
    }

    #[test]
    fn what_readers_needed_a_password_for_is_not_published() {
        let post = |password: &str| {
            let text = format!(
                "<rss><channel><item><title>T</title><wp:post_type>post</wp:post_type><wp:status>publish</wp:status>\
                 <wp:post_password>{password}</wp:post_password></item></channel></rss>"
            );
            read(&text).unwrap().remove(0)
        };
        assert!(post("").published && post("<![CDATA[]]>").published);
        assert!(!post("<![CDATA[secret]]>").published);
    }

    #[test]
    fn posts_without_an_id_are_told_apart() {
        let item = |inner: &str| {
            format!(
                "<item><wp:post_type>post</wp:post_type><title>Same</title><guid></guid>{inner}</item>"
            )
        };
        let text = [
            "<rss xmlns:wp=\"w\"><channel>".to_owned(),
            item("<link>https://a.example/1</link>"),
            item("<link>https://a.example/2</link>"),
            item("<wp:post_name>one</wp:post_name>"),
            item("<wp:post_date_gmt>2020-01-31 12:00:00</wp:post_date_gmt>"),
            item("<wp:post_date_gmt>2021-01-31 12:00:00</wp:post_date_gmt>"),
            "</channel></rss>".to_owned(),
        ];
        let mut sources: Vec<_> = read(&text.concat())
            .unwrap()
            .into_iter()
            .map(|post| post.source)
            .collect();
        sources.sort();
        sources.dedup();
        assert_eq!(sources.len(), 5, "{sources:?}");
    }

    #[test]
    fn what_is_no_export_is_refused() {
        for text in [
            "<rss><channel><item>",
            "<a></b>",
            "words",
            "<feed><entry/></feed>",
            "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><rss/>",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&"<a>".repeat(100)).is_err(), "too deep");
    }
}
