//! WordPress' export (WXR 1.x): an RSS feed with more in it.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::Event;
use url::form_urlencoded;

use super::{Foreign, MAX_READ, MAX_TAGS_READ, date, from_html};

/// The posts of an export; pages, attachments and what is in the bin are none.
pub(crate) fn read(text: &str) -> Result<Vec<Foreign>, String> {
    let mut reader = Reader::from_str(text);
    let mut items = Vec::new();
    let mut item: Option<Item> = None;
    let mut site = String::new();
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
                field = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
                content.clear();
                depth += 1;
                if depth > 64 {
                    return Err("elements are nested too deeply".to_owned());
                }
                is_feed |= field == "rss";
                if field == "item" {
                    item = Some(Item::default());
                } else if let Some(item) = &mut item {
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
            Event::GeneralRef(entity) => {
                let name = String::from_utf8_lossy(&entity);
                match character(&name) {
                    Some(letter) => content.push(letter),
                    // What HTML may know.
                    None => content.push_str(&format!("&{name};")),
                }
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                if tag.name().as_ref() == b"item" {
                    items.extend(item.take());
                    if items.len() > MAX_READ {
                        return Err(format!("must hold at most {MAX_READ} items; split it"));
                    }
                } else if let Some(item) = &mut item {
                    item.set(&field, content.trim());
                } else if field == "link" && site.is_empty() {
                    content.trim().clone_into(&mut site);
                }
                content.clear();
                field.clear();
            }
            // No DTD is read, so no entity grows.
            Event::DocType(_) => return Err("must have no document type".to_owned()),
            Event::Eof if depth > 0 => return Err("ends in the middle".to_owned()),
            Event::Eof if !is_feed => {
                return Err("must be an export of WordPress, which has an element rss".to_owned());
            }
            Event::Eof => return Ok(posts(items, &site)),
            _ => {}
        }
    }
}

/// One of XML's own entities, a number, or what titles often have.
fn character(name: &str) -> Option<char> {
    let number = |digits: &str, radix| {
        u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32)
    };
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        "ndash" => Some('–'),
        "mdash" => Some('—'),
        "hellip" => Some('…'),
        "lsquo" => Some('‘'),
        "rsquo" => Some('’'),
        "ldquo" => Some('“'),
        "rdquo" => Some('”'),
        _ => name
            .strip_prefix("#x")
            .and_then(|digits| number(digits, 16))
            .or_else(|| name.strip_prefix('#').and_then(|digits| number(digits, 10)))
            .filter(|letter| *letter != '\0'),
    }
}

/// WordPress keeps titles and names as HTML, and writes them so.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        // No entity is longer.
        let end = after
            .char_indices()
            .take(10)
            .find(|(_, letter)| *letter == ';');
        let entity = end.and_then(|(at, _)| Some((character(after.get(..at)?)?, at)));
        rest = match entity {
            Some((letter, at)) => {
                plain.push(letter);
                after.get(at + 1..).unwrap_or_default()
            }
            None => {
                plain.push('&');
                after
            }
        };
    }
    plain.push_str(rest);
    plain
}

/// Addresses and alternative texts of the pictures that an export holds, by their ids.
type Pictures = HashMap<String, (String, String)>;

fn posts(items: Vec<Item>, site: &str) -> Vec<Foreign> {
    let pictures: Pictures = items
        .iter()
        .filter(|item| item.kind == "attachment")
        .filter_map(|item| {
            let url = item.picture.clone()?;
            Some((item.id.clone()?, (url, item.alt.clone())))
        })
        .collect();
    items
        .into_iter()
        .filter_map(|item| item.post(site, &pictures))
        .collect()
}

#[derive(Default)]
struct Item {
    post: Foreign,
    id: Option<String>,
    guid: Option<String>,
    domain: Option<String>,
    kind: String,
    status: String,
    /// Readers were asked for a password.
    locked: bool,
    open: bool,
    link: Option<String>,
    /// When it was published: UTC, as mail writes it, and by the clock of the site.
    gmt: Option<String>,
    mailed: Option<String>,
    clock: Option<String>,
    /// What the value belongs to that comes next.
    meta_key: String,
    /// Id of the picture above a post.
    thumbnail: Option<String>,
    /// Of an attachment.
    picture: Option<String>,
    alt: String,
}

impl Item {
    fn set(&mut self, field: &str, text: &str) {
        let some = || (!text.is_empty()).then(|| text.to_owned());
        match field {
            "title" => self.post.title = unescaped(text),
            "link" => self.link = some(),
            "guid" => self.guid = some(),
            "pubDate" => self.mailed = some(),
            "wp:post_id" => self.id = some(),
            // Letters of other scripts are kept percent-encoded.
            "wp:post_name" => {
                self.post.slug = form_urlencoded::parse(text.as_bytes())
                    .next()
                    .map(|(name, _)| name.into_owned());
            }
            "content:encoded" => self.post.body = from_html(text),
            "excerpt:encoded" => self.post.summary = some(),
            "wp:post_type" => text.clone_into(&mut self.kind),
            "wp:status" => text.clone_into(&mut self.status),
            "wp:post_password" => self.locked = !text.is_empty(),
            "wp:comment_status" => self.open = text == "open",
            // 2026-01-31 12:00:00, or zeros for a draft.
            "wp:post_date_gmt" if !text.starts_with("0000") => self.gmt = some(),
            "wp:post_date" if !text.starts_with("0000") => self.clock = some(),
            "wp:attachment_url" => self.picture = some(),
            "wp:meta_key" => text.clone_into(&mut self.meta_key),
            "wp:meta_value" => match self.meta_key.as_str() {
                "_thumbnail_id" => self.thumbnail = some(),
                "_wp_attachment_image_alt" => text.clone_into(&mut self.alt),
                "_yoast_wpseo_canonical" | "rank_math_canonical_url" => {
                    self.post.canonical_url = some();
                }
                _ => {}
            },
            "category"
                if matches!(self.domain.as_deref(), Some("post_tag" | "category"))
                    && !text.is_empty()
                    && text != "Uncategorized"
                    && self.post.tags.len() < MAX_TAGS_READ =>
            {
                self.post.tags.push(unescaped(text));
            }
            _ => {}
        }
    }

    fn post(mut self, site: &str, pictures: &Pictures) -> Option<Foreign> {
        if self.kind != "post" || self.status == "trash" || self.status == "auto-draft" {
            return None;
        }
        let readable = |text: Option<&str>| text.and_then(date::rfc3339);
        self.post.published_at = readable(self.gmt.as_deref())
            .or_else(|| readable(self.mailed.as_deref()))
            .or_else(|| readable(self.clock.as_deref()))
            .or_else(|| self.gmt.clone());
        // Two sites have a post 7 each. In hand-made files the address or, without one, the time tells posts of one title apart.
        self.post.source = match (&self.guid, &self.id, &self.link) {
            (Some(guid), Some(id), _) => format!("wordpress:{guid} {id}"),
            (None, Some(id), _) => format!("wordpress:{site} {id}"),
            (Some(address), None, _) | (None, None, Some(address)) => {
                format!("wordpress:{address}")
            }
            (None, None, None) => {
                let name = self.post.slug.as_deref().unwrap_or(&self.post.title);
                let when = self.post.published_at.as_deref().unwrap_or_default();
                format!("wordpress:{name} {when}")
            }
        };
        self.post.cover = self.thumbnail.and_then(|id| pictures.get(&id).cloned());
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
            ("Salt & pepper – more", "wordpress:g 7")
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
        let many = format!("<rss>{}</rss>", "<item></item>".repeat(MAX_READ + 1));
        assert!(read(&many).is_err(), "too many");
    }

    #[test]
    fn a_site_s_own_ways_of_writing_are_understood() {
        let item = |inner: &str| {
            format!(
                "<item><wp:post_type><![CDATA[post]]></wp:post_type><wp:status>publish</wp:status>{inner}</item>"
            )
        };
        let text = [
            "\n<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<!-- generator=\"WordPress/6.9\" -->\n<rss version=\"2.0\"><channel>\
             <link>https://a.example</link><image><link>https://b.example</link></image>"
                .to_owned(),
            // Titles are HTML inside CDATA; slugs of other scripts are percent-encoded, and cut.
            item(
                "<title><![CDATA[Q&amp;A: &#8220;R&D&#8221; & more &unknown;]]></title><wp:post_id>1</wp:post_id>\
                 <wp:post_name><![CDATA[%e4%bd%a0%e5%a5%bd%e4]]></wp:post_name>\
                 <content:encoded><![CDATA[<!-- wp:paragraph --><p>a ]]]]><![CDATA[> b</p><!-- /wp:paragraph -->]]></content:encoded>\
                 <wp:postmeta><wp:meta_key><![CDATA[_thumbnail_id]]></wp:meta_key><wp:meta_value><![CDATA[9]]></wp:meta_value></wp:postmeta>\
                 <wp:postmeta><wp:meta_key>_edit_last</wp:meta_key><wp:meta_value>1</wp:meta_value></wp:postmeta>\
                 <wp:comment><wp:comment_id>3</wp:comment_id><wp:comment_content><![CDATA[no]]></wp:comment_content></wp:comment>",
            ),
            "<item><title>x</title><wp:post_id>9</wp:post_id><wp:post_type>attachment</wp:post_type><wp:status>inherit</wp:status>\
             <wp:attachment_url>https://a.example/x.png</wp:attachment_url><wp:postmeta><wp:meta_key>_wp_attachment_image_alt</wp:meta_key>\
             <wp:meta_value>An x</wp:meta_value></wp:postmeta></item>"
                .to_owned(),
            // Dates where one is missing.
            item(
                "<title>2</title><pubDate>Sat, 31 Jan 2026 12:00:01 +0000</pubDate><wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt>",
            ),
            item(
                "<title>3</title><pubDate>Wed, 30 Nov -0001 00:00:00 +0000</pubDate><wp:post_date>2026-01-31 13:00:00</wp:post_date>",
            ),
            "</channel></rss>".to_owned(),
        ];
        let posts = read(&text.concat()).unwrap();
        let first = &posts[0];
        assert_eq!(first.title, "Q&A: “R&D” & more &unknown;");
        assert!(first.slug.as_deref().unwrap().starts_with("你好"));
        assert_eq!(first.source, "wordpress:https://a.example 1");
        assert!(first.body.contains("a ]]> b"), "{}", first.body);
        assert_eq!(
            first.cover,
            Some(("https://a.example/x.png".to_owned(), "An x".to_owned()))
        );
        let dates: Vec<_> = posts
            .iter()
            .map(|post| post.published_at.as_deref())
            .collect();
        assert_eq!(
            dates,
            [
                None,
                Some("2026-01-31T12:00:01Z"),
                Some("2026-01-31T13:00:00Z")
            ]
        );
        assert_eq!(unescaped(&"&".repeat(100_000)).len(), 100_000);
    }
}
