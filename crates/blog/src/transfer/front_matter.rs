//! Markdown with front matter, as static site generators have it.

use serde_json::json;
use yaml_rust2::parser::{Event, Parser};
use yaml_rust2::{Yaml, YamlLoader};

use super::{Foreign, time};

/// Longest front matter, bytes: it says little, and YAML can be made to say a lot with little.
const MAX_MATTER: usize = 16 * 1024;
/// Most lists and maps within one another. Front matter has one or two.
const MAX_DEPTH: usize = 16;

/// The post of a file. Without front matter its first heading is the title.
pub(crate) fn read(text: &str) -> Result<Foreign, String> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    if text.starts_with("+++\n") {
        return Err(
            "front matter must be YAML between lines of ---; TOML (+++) is not read".into(),
        );
    }
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
    let text_of = |names: &[&str]| names.iter().find_map(|name| scalar(&matter[*name]));
    let title = text_of(&["title"]).ok_or("front matter must have a title")?;
    let slug = text_of(&["slug"]);
    let date = text_of(&["published_at", "date", "pubDate"]).map(|date| time(&date));
    let mut tags = names(&matter["tags"]);
    tags.extend(names(&matter["categories"]));
    Ok(Foreign {
        // Without a name of its own it is its title of its day: notes of each week may have the same.
        source: match text_of(&["id"]).or_else(|| slug.clone()) {
            Some(name) => format!("markdown:{name}"),
            None => format!("markdown:{title} {}", date.as_deref().unwrap_or_default())
                .trim_end()
                .to_owned(),
        },
        published: is_published(matter, date.is_some()),
        title,
        slug,
        summary: text_of(&["summary", "description", "excerpt"]),
        body: body.trim_start_matches('\n').to_owned(),
        tags,
        cover: cover(matter),
        canonical_url: text_of(&["canonical_url", "canonicalUrl", "canonical"]),
        series: text_of(&["series"]),
        comments: match &matter["comments"] {
            Yaml::Boolean(false) => Some("closed".to_owned()),
            _ => text_of(&["comments"])
                .filter(|policy| ["open", "moderated", "closed"].contains(&policy.as_str())),
        },
        published_at: date,
        created_at: text_of(&["created_at"]).map(|date| time(&date)),
        ..Foreign::default()
    })
}

/// A text, or a number as one; none if it is blank.
fn scalar(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) | Yaml::Real(text) if !text.trim().is_empty() => Some(text.clone()),
        Yaml::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A list, or names with commas between.
fn names(value: &Yaml) -> Vec<String> {
    match value {
        Yaml::Array(names) => names.iter().filter_map(scalar).collect(),
        Yaml::String(names) => names
            .split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect(),
        other => scalar(other).into_iter().collect(),
    }
}

/// Whether it was to be seen: it has a date or says so, and nothing speaks against it. Of two minds it is a draft.
fn is_published(matter: &Yaml, is_dated: bool) -> bool {
    let said = |name: &str| match &matter[name] {
        Yaml::Boolean(said) => Some(*said),
        // As YAML 1.1 had it.
        Yaml::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        },
        _ => None,
    };
    let status = scalar(&matter["status"]).map(|status| status.to_ascii_lowercase());
    let is_public = match status.as_deref() {
        Some("published" | "publish" | "public") => Some(true),
        // Nobody knows for when, without a date.
        Some("scheduled" | "future") => Some(is_dated),
        Some(_) => Some(false),
        None => None,
    };
    let votes = [
        said("published"),
        said("draft").map(|draft| !draft),
        is_public,
    ];
    !votes.contains(&Some(false)) && (is_dated || votes.contains(&Some(true)))
}

/// The picture: its address, or a map with that and what it shows.
fn cover(matter: &Yaml) -> Option<(String, String)> {
    let first = |value: &Yaml, names: &[&str]| names.iter().find_map(|name| scalar(&value[*name]));
    ["cover", "cover_image", "image"].iter().find_map(|name| {
        let value = &matter[*name];
        let url = scalar(value).or_else(|| first(value, &["image", "url", "src"]))?;
        let alt = first(value, &["alt"])
            .or_else(|| first(matter, &["cover_alt", "cover_image_alt", "image_alt"]));
        Some((url, alt.unwrap_or_default()))
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

    fn of(matter: &str) -> Foreign {
        read(&format!("---\ntitle: T\n{matter}\n---\nb")).unwrap()
    }

    #[test]
    fn a_date_or_a_word_publishes_and_nothing_that_is_in_doubt() {
        for (matter, published) in [
            ("date: 2026-01-31", true),
            ("date: 2026-01-31 12:00:01 -0600\ndraft: false", true),
            ("published: true", true),
            ("status: Published", true),
            ("draft: no", true),
            ("", false),
            ("draft: true\ndate: 2026-01-31", false),
            ("draft: yes\ndate: 2026-01-31", false),
            ("published: false\ndate: 2026-01-31", false),
            ("published: \"no\"\ndate: 2026-01-31", false),
            ("status: private\ndate: 2026-01-31", false),
            ("status: draft\npublished: true", false),
            ("status: scheduled", false),
            ("status: scheduled\ndate: 2026-01-31", true),
        ] {
            assert_eq!(of(matter).published, published, "{matter}");
        }
        let dated = of("date: 2026-01-31 12:00:01 -0600");
        assert_eq!(
            dated.published_at.as_deref(),
            Some("2026-01-31T12:00:01-06:00")
        );
        assert_eq!(of("date: soon").published_at.as_deref(), Some("soon"));
    }

    #[test]
    fn generators_name_things_in_their_own_ways() {
        let post = of(
            "tags: [rust, 2024, 1.5, {a: b}]\ncategories: News\ncover: {image: https://a.example/x.png, alt: An x}\n\
             canonicalUrl: https://a.example\ncomments: false\ncreated_at: 2020-01-31",
        );
        assert_eq!(post.tags, ["rust", "2024", "1.5", "News"]);
        assert_eq!(
            post.cover,
            Some(("https://a.example/x.png".to_owned(), "An x".to_owned()))
        );
        assert_eq!(
            (
                post.canonical_url.as_deref(),
                post.comments.as_deref(),
                post.created_at.as_deref()
            ),
            (
                Some("https://a.example"),
                Some("closed"),
                Some("2020-01-31T00:00:00Z")
            )
        );
        let plain = of("tags: a, b\ncover_image: https://a.example/y.png\nimage_alt: y");
        assert_eq!(plain.tags, ["a", "b"]);
        assert_eq!(
            plain.cover,
            Some(("https://a.example/y.png".to_owned(), "y".to_owned()))
        );
        assert!(read("+++\ntitle = \"T\"\n+++\n# b").is_err());
    }

    #[test]
    fn two_files_of_one_title_are_two_posts_and_one_file_is_one() {
        let first = of("date: 2026-01-31");
        assert_eq!(first.source, of("date: 2026-01-31\ntags: [x]").source);
        assert_ne!(first.source, of("date: 2026-02-07").source);
        assert_eq!(of("slug: t\ndate: 2026-01-31").source, "markdown:t");
        assert_eq!(of("").source, "markdown:T");
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
