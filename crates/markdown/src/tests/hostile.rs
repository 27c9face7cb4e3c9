//! Megabytes that are written to cost time or memory.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::render;

/// The longest post.
const MEGABYTE: usize = 1_000_000;

/// Texts of about so many bytes, each with a name for what it would blow up.
fn attacks(bytes: usize) -> Vec<(&'static str, String)> {
    let repeat = |pattern: &str| pattern.repeat(bytes / pattern.len());
    let numbered = |pattern: &str| {
        let mut text = String::with_capacity(bytes);
        let mut n = 0;
        while text.len() < bytes {
            text.push_str(&pattern.replace('N', &n.to_string()));
            n += 1;
        }
        text
    };
    let wide_table = format!(
        "|{}\n|{}\n{}",
        "a|".repeat(1_000),
        "-|".repeat(1_000),
        "|\n".repeat(bytes / 2)
    );
    // So many lines, each one longer than the one before.
    let side = (2 * bytes).isqrt();
    vec![
        ("block quotes", repeat(">")),
        ("block quotes with text", repeat("> a\n>> b\n")),
        ("lists", repeat("- ")),
        (
            "nested list lines",
            (0..side)
                .map(|n| format!("{}- a\n", " ".repeat(n)))
                .collect(),
        ),
        ("emphasis", repeat("*_")),
        ("emphasis with text", repeat("*a _b ")),
        ("emphasis of every length", repeat("*a **a ***a ")),
        ("brackets", repeat("[")),
        ("images", repeat("![")),
        ("links unclosed", repeat("[a](")),
        ("links in links", repeat("[a](b")),
        ("links with angles", repeat("[a](<b")),
        (
            "back-ticks",
            (1..side).map(|n| format!("{}a", "`".repeat(n))).collect(),
        ),
        ("entities", repeat("&amp")),
        ("tags", repeat("<b>")),
        ("open tags", repeat("<b")),
        (
            "raw formatting in paragraphs",
            format!(
                "{}\n\n{}",
                numbered("<b a=N>").split_at(bytes * 2 / 5).0,
                "a\n\n".repeat(bytes / 5)
            ),
        ),
        (
            "raw formatting in raw paragraphs",
            format!("<div>\n{}", numbered("<b title=N><p>")),
        ),
        (
            "raw paragraphs in emphasis",
            format!("{}{}", "*a ".repeat(60), repeat("<p>x")),
        ),
        (
            "raw block paragraphs",
            format!("<div><b><i><u><s>{}", repeat("<p>x")),
        ),
        ("raw table", format!("<table>{}", repeat("x<i></i>"))),
        ("raw divs", format!("<div>{}", repeat("<div>"))),
        (
            "raw spans then divs",
            format!(
                "<div>{}{}",
                "<span>".repeat(bytes / 12),
                "<div>".repeat(bytes / 10)
            ),
        ),
        ("end tags", format!("<div>{}", repeat("</p>"))),
        ("line breaks", format!("<div>{}", repeat("</br>"))),
        ("attributes", format!("<a {}>", numbered("aN "))),
        ("comments", repeat("<!--")),
        ("declarations", repeat("<!a ")),
        ("instructions", repeat("<?a ")),
        ("character data", repeat("<![CDATA[")),
        ("headings", repeat("# a\n")),
        ("set-off headings", repeat("a\n-\n")),
        ("one long heading", format!("# {}", repeat("*a* "))),
        ("footnotes", numbered("[^N]")),
        ("footnote definitions", numbered("[^N]: a\n\n")),
        ("nested footnote definitions", repeat("[^a]:")),
        ("reference definitions", numbered("[N]: a\n")),
        (
            "one definition used often",
            format!(
                "[a]: {}\n\n{}",
                "x".repeat(bytes / 10),
                "[a] ".repeat(bytes / 5)
            ),
        ),
        ("wide table with short rows", wide_table),
        ("table rows", format!("|a|\n|-|\n{}", repeat("|a|\n"))),
        ("table delimiters", repeat("|-\n")),
        ("task lists", repeat("- [x] a\n")),
        ("code fences", repeat("```\n")),
        (
            "numbers in code",
            repeat(&format!("```rust\n{}\n```\n", "1 ".repeat(30_000))),
        ),
        ("long line", repeat("a")),
        ("empty lines", repeat("\n")),
        ("auto links", repeat("<https://a.example>")),
        ("tilde", repeat("~~a~")),
        ("backslashes", repeat("\\")),
        ("combining marks", repeat("# a\u{301}\u{301}\u{301}\n")),
    ]
}

/// At a quarter of a megabyte, or at as many bytes as SPINDLE_HOSTILE_BYTES says: what grows with the square costs a sixteenth there of
/// what it does at the megabyte that a post may have, which unbounded are minutes and gigabytes.
#[test]
fn hostile_text_has_a_bounded_cost() {
    let bytes =
        std::env::var("SPINDLE_HOSTILE_BYTES").map_or(MEGABYTE / 4, |bytes| bytes.parse().unwrap());
    // Ten seconds of a megabyte where the cost is linear; forty of one where it is not.
    let limit = Duration::from_secs(10).mul_f64(bytes as f64 / MEGABYTE as f64);
    for (name, attack) in &attacks(bytes) {
        let started = cpu_time();
        let document = render(attack);
        let took = cpu_time().saturating_sub(started);
        assert!(took < limit, "{name} took {took:?}");
        assert!(
            document.html.len() < 80 * bytes,
            "{name} became {} bytes",
            document.html.len()
        );
        if std::env::var_os("SPINDLE_SHOW_COST").is_some() {
            println!("{name:32} {took:>10.2?} {:>10} bytes", document.html.len());
        }
    }
}

/// What this thread has computed: whatever else the machine does is not in it.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs().try_into().unwrap(),
    )
}
