//! Plots as SVG: lines over time, and when something was done to what is measured.

use std::fmt::Write;

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 260.0;
/// Room for the numbers and the title.
const LEFT: f64 = 70.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 34.0;
const RIGHT: f64 = 16.0;
const COLOURS: [&str; 3] = ["#2563eb", "#d97706", "#059669"];

/// One line; where nothing was seen it is broken.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    /// One for each slice.
    pub(crate) values: Vec<Option<f64>>,
}

/// One plot.
pub(crate) struct Plot<'a> {
    pub(crate) title: &'a str,
    pub(crate) lines: Vec<Line>,
    /// Seconds of a slice.
    pub(crate) slice: f64,
    /// Seconds from the beginning, and what was done.
    pub(crate) marks: &'a [(f64, &'static str)],
}

impl Plot<'_> {
    pub(crate) fn svg(&self) -> String {
        let slices = self.lines.iter().map(|line| line.values.len()).max();
        let end = (slices.unwrap_or(0).max(2) - 1) as f64 * self.slice;
        let values = self.lines.iter().flat_map(|line| &line.values).flatten();
        let (step, top) = scale(values.copied().fold(0.0, f64::max));
        let x = |seconds: f64| LEFT + seconds / end * (WIDTH - LEFT - RIGHT);
        let y = |value: f64| HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);

        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{0}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n<text x=\"{LEFT}\" y=\"16\" font-size=\"14\" font-weight=\"bold\">{0}</text>\n",
            self.title
        );
        let mut draw = |part: String| {
            svg.push_str(&part);
            svg.push('\n');
        };
        let mut tick = 0.0;
        while tick <= top * 1.001 {
            let at = y(tick);
            draw(format!(
                "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#555\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                at + 4.0,
                number(tick)
            ));
            tick += step;
        }
        for part in 0_u8..=6 {
            let seconds = end * f64::from(part) / 6.0;
            draw(format!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">{}</text>",
                x(seconds),
                HEIGHT - BOTTOM + 18.0,
                clock(seconds)
            ));
        }
        for (seconds, what) in self.marks {
            let at = x(seconds.min(end));
            draw(format!(
                "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{:.1}\" stroke=\"#dc2626\" stroke-dasharray=\"3 3\">\
                 <title>{what}, {}</title></line>",
                HEIGHT - BOTTOM,
                clock(*seconds)
            ));
        }
        for (index, (line, colour)) in self.lines.iter().zip(COLOURS).enumerate() {
            draw(format!(
                "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>\
                 <text x=\"{:.1}\" y=\"16\" text-anchor=\"end\" fill=\"{colour}\">{}</text>",
                path(line, self.slice, x, y),
                WIDTH - RIGHT - 150.0 * index as f64,
                line.name
            ));
        }
        svg.push_str("</svg>\n");
        svg
    }
}

/// Each stretch of slices in which something was seen.
fn path(line: &Line, slice: f64, x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64) -> String {
    let mut path = String::new();
    let mut connected = false;
    for (index, value) in line.values.iter().enumerate() {
        let Some(value) = value else {
            connected = false;
            continue;
        };
        let letter = if connected { 'L' } else { 'M' };
        let _ = write!(
            path,
            "{letter}{:.1} {:.1}",
            x(index as f64 * slice),
            y(*value)
        );
        connected = true;
    }
    path
}

/// A round step and the highest tick that holds this value.
fn scale(highest: f64) -> (f64, f64) {
    if highest <= 0.0 {
        return (1.0, 1.0);
    }
    let rough = highest / 4.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(power * 10.0);
    (step, (highest / step).ceil() * step)
}

fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Minutes and seconds.
fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_the_highest_value() {
        assert_eq!(scale(0.0), (1.0, 1.0));
        assert_eq!(scale(37.0), (10.0, 40.0));
        assert_eq!(scale(200.0), (50.0, 200.0));
        for highest in [0.013, 1.0, 99.0, 12_345.0] {
            let (step, top) = scale(highest);
            assert!(top >= highest && top / step <= 6.0, "{highest}");
        }
        assert_eq!(
            (number(0.5), number(40.0)),
            ("0.5".to_owned(), "40".to_owned())
        );
    }

    #[test]
    fn a_gap_breaks_the_line_and_marks_are_named() {
        let plot = Plot {
            title: "Answers a second",
            lines: vec![Line {
                name: "answers",
                values: vec![Some(1.0), None, Some(2.0), Some(3.0)],
            }],
            slice: 5.0,
            marks: &[(7.0, "app killed")],
        };
        let svg = plot.svg();
        assert_eq!(svg.matches('M').count(), 2, "{svg}");
        assert!(svg.contains("<title>app killed, 0:07</title>"), "{svg}");
        assert!(svg.ends_with("</svg>\n"));
    }
}
