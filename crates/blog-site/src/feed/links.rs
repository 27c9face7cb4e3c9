//! Links within a post, for feeds that can't say what they are relative to: RSS and JSON Feed have no `xml:base`.

use maud::html;

/// Attributes that hold an address, of those that the sanitiser lets through.
const ADDRESSES: [&str; 3] = ["href", "src", "cite"];

/// Rendered Markdown of the post at `address`, in which each link says all of its address. The sanitiser writes tags in one way, values
/// in double quotes that are nowhere within them, and `<` in no text.
pub(super) fn whole(html: &str, origin: &str, address: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push('<');
        rest = tag;
        while let Some((name, value, after)) = attribute(rest) {
            text.push_str(name);
            text.push('"');
            let key = name
                .strip_suffix('=')
                .and_then(|name| name.rsplit(' ').next());
            if key.is_some_and(|key| ADDRESSES.contains(&key)) {
                text.push_str(&html! { (missing(value, origin, address)) }.into_string());
            }
            text.push_str(value);
            text.push('"');
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

/// The next attribute of a tag: what is before its value, the value, and what is behind it.
fn attribute(tag: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = tag.split_at(tag.find(['"', '>'])?);
    let (value, after) = rest.strip_prefix('"')?.split_once('"')?;
    Some((name, value, after))
}

/// What a link lacks in front (RFC 3986 section 5.2): nothing where it is whole, or where programs understand it differently.
fn missing<'a>(link: &str, origin: &'a str, address: &'a str) -> &'a str {
    if link.contains(|c: char| c.is_ascii_control() || c == ' ' || c == '\\') || has_scheme(link) {
        ""
    } else if link.starts_with("//") {
        origin.split("//").next().unwrap_or_default()
    } else if link.starts_with('/') {
        origin
    } else if link.is_empty() || link.starts_with(['#', '?']) {
        address
    } else {
        let folder = address.rfind('/').and_then(|at| address.get(..=at));
        folder.unwrap_or_default()
    }
}

fn has_scheme(link: &str) -> bool {
    link.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn a_link_says_all_of_its_address() {
        for (link, expected) in [
            ("#fn-1", "https://a.example/blog/post#fn-1"),
            ("", "https://a.example/blog/post"),
            ("?page=2&amp;x", "https://a.example/blog/post?page=2&amp;x"),
            ("/blog/other", "https://a.example/blog/other"),
            ("//b.example/c", "https://b.example/c"),
            ("other", "https://a.example/blog/other"),
            ("../b:c", "https://a.example/blog/../b:c"),
            ("1:2", "https://a.example/blog/1:2"),
            ("https://b.example/", "https://b.example/"),
            ("mailto:ada@b.example", "mailto:ada@b.example"),
            ("\\\\b.example", "\\\\b.example"),
            (" /blog/other", " /blog/other"),
        ] {
            assert_eq!(
                whole(
                    &format!("<p>1 &gt; 0 <a href=\"{link}\" rel=\"ugc\">b</a>"),
                    "https://a.example",
                    "https://a.example/blog/post"
                ),
                format!("<p>1 &gt; 0 <a href=\"{expected}\" rel=\"ugc\">b</a>"),
                "{link}"
            );
        }
    }

    #[test]
    fn nothing_but_links_is_changed() {
        let render = |source: &str| blog::renderer::native(source).html;
        let written = render(
            "# A\n\nb[^1] <img src=x.png alt='y\" src=\"/z > a href=\"#\"' width=1> `href=\"/a\"` \"/b\" <q cite=/c>d</q>\n\n\
             ```\n<a href=\"/e\">\n```\n\n[^1]: f\n",
        );
        let expected = written
            .replace(
                "href=\"#fn-1\"",
                "href=\"https://a.example/blog/post#fn-1\"",
            )
            .replace(
                "href=\"#fnref-1\"",
                "href=\"https://a.example/blog/post#fnref-1\"",
            )
            .replace("src=\"x.png\"", "src=\"https://a.example/blog/x.png\"")
            .replace("cite=\"/c\"", "cite=\"https://a.example/c\"");
        let whole = |html: &str| whole(html, "https://a.example", "https://a.example/blog/post");
        assert_eq!(whole(&written), expected);
        assert_eq!(expected.matches("https://").count(), 4, "{expected}");
        for html in ["", "a", "<p>a</p>", "<a href=\"", "<a href=\"/", "<"] {
            assert_eq!(whole(html), html);
        }
    }
}
