//! HTML of other programs as a body in Markdown, in which HTML may stand.

/// What ends a block.
const ENDS: &[&str] = &[
    "</p>",
    "</h1>",
    "</h2>",
    "</h3>",
    "</h4>",
    "</h5>",
    "</h6>",
    "</figure>",
    "</pre>",
    "</blockquote>",
];

/// HTML as a body: each block on lines of its own, because a blank line within one would end it in Markdown's eyes.
pub(crate) fn from_html(html: &str) -> String {
    let mut body = tables(&html.replace("\r\n", "\n"));
    for end in ENDS {
        body = body.replace(end, &format!("{end}\n\n"));
    }
    body.replace("<pre", "\n\n<pre").trim().to_owned()
}

/// Tables become Markdown's: raw ones are not let through. Of those within one another the innermost do.
fn tables(html: &str) -> String {
    let mut body = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("</table>") {
        match before.rsplit_once("<table") {
            Some((outside, inner)) if inner.starts_with(['>', ' ', '\n', '\t']) => {
                body.push_str(outside);
                body.push_str(&table(inner));
            }
            _ => body.push_str(before),
        }
        rest = after;
    }
    body.push_str(rest);
    body
}

/// The rows of a table; the first is its head, as Markdown's need one.
fn table(inner: &str) -> String {
    let rows: Vec<Vec<String>> = inner
        .split("<tr")
        .skip(1)
        .map(cells)
        .filter(|row| !row.is_empty())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let mut text = String::from("\n\n");
    for (place, row) in rows.iter().enumerate() {
        for cell in row {
            text.push_str("| ");
            text.push_str(cell);
            text.push(' ');
        }
        if place == 0 {
            // Cells that its head has no column for would not be shown.
            text.push_str(&"| ".repeat(columns - row.len()));
            text.push_str("|\n");
            text.push_str(&"| --- ".repeat(columns));
        }
        text.push_str("|\n");
    }
    text.push('\n');
    text
}

/// What the cells of a row say, each on one line.
fn cells(row: &str) -> Vec<String> {
    row.replace("<th>", "<td>")
        .replace("<th ", "<td ")
        .replace("</th>", "</td>")
        .split("<td")
        .skip(1)
        .filter_map(|cell| {
            let (_, content) = cell.split_once('>')?;
            let content = content.split("</td>").next()?.split("</tr>").next()?;
            let line = content.replace("<p>", "").replace("</p>", " ");
            let words: Vec<_> = line.split_whitespace().collect();
            // Neither ends a cell, nor what a backslash is before.
            Some(
                words
                    .join(" ")
                    .replace('\\', "&#92;")
                    .replace('|', "&#124;"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stand_on_lines_of_their_own() {
        assert_eq!(
            from_html("<p>a</p><pre>b\r\n\r\nc</pre>d"),
            "<p>a</p>\n\n\n\n<pre>b\n\nc</pre>\n\nd"
        );
    }

    #[test]
    fn tables_are_tables() {
        let html = "<figure class=\"wp-block-table\"><table class=\"x\"><thead><tr><th>A</th><th scope=\"col\">B|C</th></tr></thead>\
                    <tbody>\n<tr><td><p>1</p>\n<p><b>2</b></p></td><td>3</td><td>4</td></tr><tr><td>5</td></tr></tbody></table></figure>";
        assert_eq!(
            from_html(html),
            "<figure class=\"wp-block-table\">\n\n| A | B&#124;C | |\n| --- | --- | --- |\n| 1 <b>2</b> | 3 | 4 |\n| 5 |\n\n</figure>"
        );
        let document = crate::renderer::native(&from_html(html));
        assert!(
            document.html.contains("<th>B|C</th>") && document.html.contains("<td>4</td>"),
            "{}",
            document.html
        );
        for odd in [
            "<table></table>",
            "</table>",
            "<table",
            "<tablet>x</table>",
            "<table><tr></tr></table>",
            "<table><tr><td</table>",
        ] {
            assert!(!from_html(odd).contains('|'), "{odd}");
        }
        let nested =
            from_html("<table><tr><td><table><tr><td>in</td></tr></table></td></tr></table>");
        assert!(nested.contains("| in |"), "{nested}");
    }

    #[test]
    fn hostile_tables_cost_what_they_are_long() {
        for part in ["<table", "<table>", "<table><tr", "</table>", "<td><tr>"] {
            let html = part.repeat(100_000);
            assert!(from_html(&html).len() < 4 * html.len(), "{part}");
        }
        let wide = format!(
            "<table><tr>{}</tr>{}</table>",
            "<td>".repeat(10_000),
            "<tr><td></tr>".repeat(10_000)
        );
        assert!(from_html(&wide).len() < 4 * wide.len());
    }
}
