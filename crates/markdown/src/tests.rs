mod filter_evasion;
mod hostile;

use super::*;

/// What a browser could act on, in any spelling.
fn is_harmless(html: &str) -> bool {
    let lower = html.to_lowercase();
    let tags: Vec<&str> = lower
        .split('<')
        .skip(1)
        .map(|tag| tag.split('>').next().unwrap_or(""))
        .collect();
    tags.iter().all(|tag| {
        let attributes = tag.split_once(' ').map_or("", |(_, attributes)| attributes);
        let quoted_out: String = attributes.split('"').step_by(2).collect();
        ![
            "script", "style", "iframe", "object", "svg", "math", "form", "base", "link", "meta",
            "embed",
        ]
        .iter()
        .any(|name| tag.split(' ').next() == Some(name))
            && !quoted_out
                .split_whitespace()
                .any(|name| name.starts_with("on"))
            && !["javascript:", "vbscript:", "data:"].iter().any(|scheme| {
                tag.replace(|c: char| c.is_whitespace() || c.is_control(), "")
                    .contains(&format!("=\"{scheme}"))
            })
    })
}

#[test]
fn nothing_that_a_browser_runs_survives() {
    let attacks = [
        "<script>alert(1)</script>",
        "a <script>alert(1)</script> b",
        "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<img src=x onerror=alert(1)>",
        "text <img src=x onerror=\"alert(1)\"> text",
        "<img src='x' OnErRoR='alert(1)'/>",
        "<svg><script>alert(1)</script></svg>",
        "<svg/onload=alert(1)>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<iframe src=javascript:alert(1)></iframe>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\"jAvAsCrIpT:alert(1)\">x</a>",
        "<a href=\" &#14; javascript:alert(1)\">x</a>",
        "<a href=\"java\nscript:alert(1)\">x</a>",
        "<a href=\"&#x6a;avascript:alert(1)\">x</a>",
        "[x](javascript:alert(1))",
        "[x](javascript&colon;alert(1))",
        "[x](<java\tscript:alert(1)>)",
        "[x](JaVaScRiPt:alert(1))",
        "[x](vbscript:msgbox(1))",
        "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
        "![x](javascript:alert(1))",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        "![\"><script>alert(1)</script>](x)",
        "[x](https://a.example \"onmouseover=alert(1)\")",
        "[x](https://a.example '\"><script>alert(1)</script>')",
        "<https://a.example/\"onmouseover=\"alert(1)>",
        "<javascript:alert(1)>",
        "[ref]\n\n[ref]: javascript:alert(1)",
        "```\"><script>alert(1)</script>\nx\n```",
        "`<script>alert(1)</script>`",
        "# <script>alert(1)</script>",
        "[^1]\n\n[^1]: <script>alert(1)</script>",
        "[^\"><script>]\n\n[^\"><script>]: x",
        "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
        "<style>@import 'https://evil.example'</style>",
        "<p style=\"background:url(javascript:alert(1))\">x</p>",
        "<form action=https://evil.example><input name=password><button>x</button></form>",
        "<base href=https://evil.example>",
        "<meta http-equiv=refresh content=0;url=https://evil.example>",
        "<link rel=stylesheet href=https://evil.example>",
        "<details open ontoggle=alert(1)>x</details>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<textarea><p title=\"</textarea><img src=x onerror=alert(1)>\">",
        "<!--><img src=x onerror=alert(1)>-->",
        "<![CDATA[><img src=x onerror=alert(1)>]]>",
        "<?php <img src=x onerror=alert(1)> ?>",
        "<template><script>alert(1)</script></template>",
        "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
        "<div id=x class=y name=cookie>x</div>",
        "<input type=password autofocus onfocus=alert(1)>",
        "<b/onclick=alert(1)>x</b>",
        "<a href=\"x\"onclick=\"alert(1)\">x</a>",
        "\u{202e}<script>alert(1)</script>",
        "<plaintext><script>alert(1)</script>",
    ];
    for attack in attacks {
        let html = render(attack).html;
        assert!(is_harmless(&html), "{attack}\n  became {html}");
        assert_eq!(
            sanitise::clean(&html),
            html,
            "sanitising is final: {attack}"
        );
        assert!(
            !html.contains("name=") && !html.contains("class=\"y\""),
            "{attack}\n  became {html}"
        );
    }
    assert!(
        !is_harmless("<img src=\"x\" onerror=\"alert(1)\">")
            && !is_harmless("<a href=\"javascript:x\">"),
        "the judge"
    );
}

#[test]
fn markdown_becomes_this_html() {
    let cases = [
        ("", ""),
        ("Hello *world*", "<p>Hello <em>world</em></p>\n"),
        ("~~gone~~", "<p><del>gone</del></p>\n"),
        ("a & b < c", "<p>a &amp; b &lt; c</p>\n"),
        ("H<sub>2</sub>O", "<p>H<sub>2</sub>O</p>\n"),
        ("<b>open", "<p><b>open</b></p>\n"),
        ("x</div></p></body>y", "<p>xy</p>\n"),
        ("a <unknown>b</unknown>", "<p>a b</p>\n"),
        ("a <script>hidden</script> b", "<p>a  b</p>\n"),
        ("<!-- gone -->kept", "kept"),
        ("<!-->kept", "kept"),
        ("<!--->kept", "kept"),
        (
            "```rust\nfn x() {}\n```",
            "<pre><code class=\"language-rust\"><span class=\"hl-keyword\">fn</span> x() {}\n</code></pre>\n",
        ),
        (
            "![alt](https://a.example/x.png \"t\")",
            "<p><img src=\"https://a.example/x.png\" alt=\"alt\" title=\"t\"></p>\n",
        ),
        (
            "<mailto:a@b.example>",
            "<p><a href=\"mailto:a@b.example\" rel=\"noopener noreferrer ugc\">mailto:a@b.example</a></p>\n",
        ),
        (
            "[x](/relative)",
            "<p><a href=\"/relative\" rel=\"noopener noreferrer ugc\">x</a></p>\n",
        ),
        (
            "- [x] done\n- [ ] open",
            "<ul>\n<li><input disabled=\"\" type=\"checkbox\" aria-label=\"Completed task\" checked=\"\">\ndone</li>\n<li><input disabled=\"\" type=\"checkbox\" aria-label=\"Incomplete task\">\nopen</li>\n</ul>\n",
        ),
        (
            "<details><summary>More</summary>\n\n**inside**\n\n</details>\n\nafter",
            "<details><summary>More</summary>\n<p><strong>inside</strong></p>\n</details>\n<p>after</p>\n",
        ),
        (
            "word[^n]\n\n[^n]: note",
            "<p>word<sup class=\"footnote-reference\" id=\"fnref-1\"><a href=\"#fn-1\" rel=\"noopener noreferrer ugc\">1</a></sup></p>\n<div class=\"footnote-definition\" id=\"fn-1\"><sup class=\"footnote-definition-label\"><a href=\"#fnref-1\" title=\"Back to the text\" rel=\"noopener noreferrer ugc\">1</a></sup>\n<p>note</p>\n</div>\n",
        ),
        (
            "[^n]: note\n\nword[^n] twice[^n]",
            "<div class=\"footnote-definition\" id=\"fn-1\"><sup class=\"footnote-definition-label\">1</sup>\n<p>note</p>\n</div>\n<p>word<sup class=\"footnote-reference\" id=\"fnref-1\"><a href=\"#fn-1\" rel=\"noopener noreferrer ugc\">1</a></sup> twice<sup class=\"footnote-reference\"><a href=\"#fn-1\" rel=\"noopener noreferrer ugc\">1</a></sup></p>\n",
        ),
        (
            "![a <b>bold</b> *word*](/x.png)",
            "<p><img src=\"/x.png\" alt=\"a bold word\"></p>\n",
        ),
        (
            "|a|b|\n|:-|-:|\n|1|2|",
            "<table><thead><tr><th style=\"text-align:left\">a</th><th style=\"text-align:right\">b</th></tr></thead><tbody>\n<tr><td style=\"text-align:left\">1</td><td style=\"text-align:right\">2</td></tr>\n</tbody></table>\n",
        ),
        (
            "a <img src=x.png width=600 height=\" 400px \"> b <img src=x.png width=50%>",
            "<p>a <img src=\"x.png\" width=\"600\" height=\"400\"> b <img src=\"x.png\" width=\"50%\"></p>\n",
        ),
        (
            "a <img src=x.png width=0 height=5em> b <img src=x.png width=101% height=50%>",
            "<p>a <img src=\"x.png\"> b <img src=\"x.png\"></p>\n",
        ),
        ("nul \0 byte", "<p>nul \u{fffd} byte</p>\n"),
    ];
    for (source, html) in cases {
        assert_eq!(render(source).html, html, "{source}");
    }
}

#[test]
fn headings_have_unique_anchors_and_make_the_table_of_contents() {
    let document = render(
        "# One\n## *Two* `code`\n## One\n# One\n# One 2\n# 你好 世界\n# हिन्दी\n# ??\n# fn 1\n# fnref 1\n<h2 id=one>raw</h2>",
    );
    let toc: Vec<(u8, &str, &str)> = document
        .toc
        .iter()
        .map(|h| (h.level, h.anchor.as_str(), h.text.as_str()))
        .collect();
    assert_eq!(
        toc,
        [
            (1, "one", "One"),
            (2, "two-code", "Two code"),
            (2, "one-2", "One"),
            (1, "one-3", "One"),
            (1, "one-2-2", "One 2"),
            (1, "你好-世界", "你好 世界"),
            (1, "हिन्दी", "हिन्दी"),
            (1, "section", "??"),
            (1, "section-fn-1", "fn 1"),
            (1, "section-fnref-1", "fnref 1"),
        ]
    );
    for heading in &document.toc {
        assert_eq!(
            document
                .html
                .matches(&format!("id=\"{}\"", heading.anchor))
                .count(),
            1,
            "{heading:?}"
        );
    }
}

#[test]
fn the_text_has_no_markup_and_its_words_are_counted() {
    let document = render(
        "# Title\n\nOne *two*\nthree [four](https://a.example).\n\n- five\n- `six`\n\n<div>seven</div>\n\n|a|b|\n|-|-|\n|c|d|",
    );
    assert_eq!(
        document.text,
        "Title\nOne two three four.\nfive\nsix\nseven\na b \nc d"
    );
    assert_eq!(document.words, 12);
    assert_eq!(render("你好世界 hello — ok").words, 6);
}

/// The sections whose examples are raw HTML.
const RAW: &[&str] = &["HTML blocks", "Raw HTML"];

#[test]
fn the_examples_of_the_specification_come_out_as_it_says() {
    let specification = include_str!("../tests/commonmark/spec-0.31.2.txt");
    let fence = "`".repeat(32);
    let mut number = 0;
    let mut raw = 0;
    let mut section = "";
    let mut wrong = Vec::new();
    let mut rest = specification;
    while let Some(at) = rest.find(&format!("\n{fence} example\n")) {
        if let Some(heading) = rest[..at]
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("## "))
        {
            section = heading;
        }
        let example = &rest[at + fence.len() + 10..];
        let end = example.find(&format!("\n{fence}")).unwrap_or(example.len());
        let (markdown, html) = example[..end]
            .split_once("\n.")
            .map_or((&example[..end], ""), |(markdown, html)| (markdown, html));
        number += 1;
        let source = format!("{}\n", markdown.trim_start_matches('\n')).replace('→', "\t");
        let html = html.trim_start_matches('\n').replace('→', "\t");
        let expected = if RAW.contains(&section) {
            raw += 1;
            sanitised(&html)
        } else {
            sanitise::clean(&html)
        };
        let got = render(&source).html;
        if comparable(&got) != comparable(&expected) {
            wrong.push((number, section, source, expected, got));
        }
        rest = &example[end..];
    }
    assert_eq!((number, raw), (652, 64), "examples of the specification");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What remains of HTML that somebody writes into a document, all of it: tags by name and balanced, then by the allow-list.
fn sanitised(html: &str) -> String {
    let mut events = Bounded::new(Parser::new(""));
    events.raw(html, true);
    let mut raw = String::new();
    html::push_html(&mut raw, events);
    sanitise::clean(&raw)
}

/// Without what we add: anchors of headings, classes of code; and without line ends, which no reader sees.
fn comparable(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find(" id=\"") {
        text.push_str(&rest[..at]);
        rest = rest[at + 5..]
            .split_once('"')
            .map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    for class in ["comment", "keyword", "number", "string"] {
        text = text.replace(&format!("<span class=\"hl-{class}\">"), "");
    }
    text.replace('\n', "").replace("</span>", "")
}
