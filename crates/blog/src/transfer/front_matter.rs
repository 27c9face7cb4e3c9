//! Markdown with front matter, as static site generators have it.

use serde_json::json;
use yaml_rust2::parser::{Event, Parser};
use yaml_rust2::{Yaml, YamlLoader};

use super::Foreign;

/// Longest front matter, bytes: it says little, and YAML can be made to say a lot with little.
const MAX_MATTER: usize = 16 * 1024;
/// Most lists and maps within one another. Front matter has one or two.
const MAX_DEPTH: usize = 16;

/// The post of a file. Without front matter its first heading is the title.
pub(crate) fn read(text: &str) -> Result<Foreign, String> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let Some((matter, body)) = split(&text) else {
        let title = text
            .lines()
            .find_map(|line| line.strip_prefix("# "))
            .ok_or("must begin with front matter (---) or have a heading")?
            .trim()
            .to_owned();
        return Ok(Foreign {
            source: format!("markdown:{title}"),
            title,
            body: text,
            ..Foreign::default()
        });
    };
    if matter.len() > MAX_MATTER {
        return Err(format!("front matter must be at most {MAX_MATTER} bytes"));
    }
    check(matter)?;
    let documents =
        YamlLoader::load_from_str(matter).map_err(|error| format!("front matter: {error}"))?;
    let matter = documents.first().unwrap_or(&Yaml::Null);
    let text_of = |names: &[&str]| {
        names.iter().find_map(|name| match &matter[*name] {
            Yaml::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Yaml::Integer(number) => Some(number.to_string()),
            _ => None,
        })
    };
    let title = text_of(&["title"]).ok_or("front matter must have a title")?;
    let slug = text_of(&["slug"]);
    let date = text_of(&["published_at", "date"]).map(|date| complete(&date));
    let draft = matches!(matter["draft"], Yaml::Boolean(true))
        || matches!(text_of(&["status"]).as_deref(), Some("draft"))
        || matches!(matter["published"], Yaml::Boolean(false));
    let tags = match &matter["tags"] {
        Yaml::Array(tags) => tags
            .iter()
            .filter_map(|tag| tag.as_str().map(str::to_owned))
            .collect(),
        Yaml::String(tags) => tags
            .split(',')
            .map(|tag| tag.trim().to_owned())
            .filter(|tag| !tag.is_empty())
            .collect(),
        _ => Vec::new(),
    };
    Ok(Foreign {
        source: format!(
            "markdown:{}",
            text_of(&["id"])
                .or_else(|| slug.clone())
                .unwrap_or_else(|| title.clone())
        ),
        title,
        slug,
        summary: text_of(&["summary", "description", "excerpt"]),
        body: body.trim_start_matches('\n').to_owned(),
        tags,
        cover: text_of(&["cover", "cover_image", "image"])
            .map(|url| (url, text_of(&["cover_alt"]).unwrap_or_default())),
        canonical_url: text_of(&["canonical_url"]),
        series: text_of(&["series"]),
        comments: text_of(&["comments"])
            .filter(|policy| ["open", "moderated", "closed"].contains(&policy.as_str())),
        published: !draft && date.is_some(),
        published_at: date,
        created_at: None,
    })
}

/// Refuses what is short and becomes long, or deep: aliases repeat what they name, and for each level the loader calls itself. What is
/// only parsed, event by event, needs no stack.
fn check(matter: &str) -> Result<(), String> {
    let mut parser = Parser::new_from_str(matter);
    let mut depth = 0_usize;
    loop {
        let (event, _) = parser
            .next_token()
            .map_err(|error| format!("front matter: {error}"))?;
        match event {
            Event::Alias(_) => return Err("front matter must have no aliases".to_owned()),
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            Event::StreamEnd => return Ok(()),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err("front matter is nested too deeply".to_owned());
        }
    }
}

fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("---\n")?;
    let end = rest
        .find("\n---\n")
        .or_else(|| rest.strip_suffix("\n---").map(str::len))?;
    Some((rest.get(..end)?, rest.get(end + 5..).unwrap_or("")))
}

/// A time as RFC 3339 writes it. A date alone is its midnight; without a zone it is UTC.
fn complete(date: &str) -> String {
    let date = date.trim().replacen(' ', "T", 1);
    // `2026-01-31 12:00:00 -0600`, as Jekyll writes it.
    if let Some((time, zone)) = date.split_once(' ') {
        let zone = zone.trim();
        return match zone.split_at_checked(3) {
            Some((hours, minutes)) if minutes.len() == 2 => format!("{time}{hours}:{minutes}"),
            Some(("UTC" | "GMT", "")) => format!("{time}Z"),
            _ => format!("{time}{zone}"),
        };
    }
    match date.len() {
        10 => format!("{date}T00:00:00Z"),
        16 => format!("{date}:00Z"),
        19 => format!("{date}Z"),
        _ => date,
    }
}

/// The file of a post of ours. Values are JSON, which is YAML that needs no thought about quotes.
pub(crate) fn write(post: &serde_json::Value) -> String {
    let mut file = String::from("---\n");
    for name in [
        "id",
        "title",
        "slug",
        "summary",
        "tags",
        "canonical_url",
        "series",
        "comments",
        "status",
        "published_at",
        "created_at",
        "updated_at",
    ] {
        match post.get(name) {
            Some(value) if !value.is_null() => file.push_str(&format!("{name}: {value}\n")),
            _ => {}
        }
    }
    if let Some(cover) = post.get("cover").filter(|cover| !cover.is_null()) {
        let member = |name: &str| cover.get(name).cloned().unwrap_or(json!(""));
        file.push_str(&format!(
            "cover: {}\ncover_alt: {}\n",
            member("url"),
            member("alt")
        ));
    }
    file.push_str("---\n\n");
    file.push_str(
        post.get("body")
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default(),
    );
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_generators_write_them() {
        for (date, at) in [
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31 12:00", "2026-01-31T12:00:00Z"),
            ("2026-01-31 12:00:01", "2026-01-31T12:00:01Z"),
            ("2026-01-31 12:00:01 -0600", "2026-01-31T12:00:01-06:00"),
            ("2026-01-31 12:00:01 +05:30", "2026-01-31T12:00:01+05:30"),
            ("2026-01-31 12:00:01 UTC", "2026-01-31T12:00:01Z"),
            ("2026-01-31T12:00:01+01:00", "2026-01-31T12:00:01+01:00"),
            ("2026-01-31T12:00:01Z", "2026-01-31T12:00:01Z"),
        ] {
            let file = format!("---\ntitle: T\ndate: {date}\n---\nb");
            let post = read(&file).unwrap();
            assert_eq!(post.published_at.as_deref(), Some(at), "{date}");
            assert!(crate::domain::field::time(at).is_ok(), "{at}");
        }
    }

    #[test]
    fn a_file_becomes_a_post_and_back() {
        let post = read("---\ntitle: \"Salt: a 'history'\"\ndate: 2020-01-31\ntags: [Spices, food]\ndescription: short\ncover: https://a.example/x.png\n---\n\n# Hi\n").unwrap();
        assert_eq!(
            (post.title.as_str(), post.body.as_str()),
            ("Salt: a 'history'", "# Hi\n")
        );
        assert_eq!(
            (post.published, post.published_at.as_deref()),
            (true, Some("2020-01-31T00:00:00Z"))
        );
        assert_eq!(post.tags, ["Spices", "food"]);
        let ours = json!({"id": "1", "title": "A \"b\": c\n", "slug": "a", "tags": ["x y", "#z"], "status": "draft", "body": "---\nnot matter",
            "summary": null, "cover": {"url": "https://a.example", "alt": "- *x"}, "series": "S"});
        let again = read(&write(&ours)).unwrap();
        assert_eq!(
            (again.title.as_str(), again.body.as_str()),
            ("A \"b\": c\n", "---\nnot matter")
        );
        assert_eq!(
            (
                again.tags.as_slice(),
                again.published,
                again.series.as_deref()
            ),
            (
                ["x y".to_owned(), "#z".to_owned()].as_slice(),
                false,
                Some("S")
            )
        );
        assert_eq!(
            read("# Only a heading\n\nwords").unwrap().title,
            "Only a heading"
        );
        for bad in [
            "words",
            "---\ndate: 2020-01-31\n---\n",
            "---\n: [\n---\n",
            "---\na: &a [x]\ntitle: *a\n---\n",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn deep_front_matter_is_refused_before_the_stack_ends() {
        for level in ["- ", "? ", "["] {
            let file = format!("---\n{}\n---\nb", level.repeat(8000));
            assert!(read(&file).is_err(), "{level}");
        }
        assert!(read("---\ntitle: T\nextra: [[1], {a: [2]}]\n---\nb").is_ok());
    }
}
