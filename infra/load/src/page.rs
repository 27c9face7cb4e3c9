//! The report of a load: a page with plots that needs nothing else, and a summary in Markdown.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use crate::flatness;
use crate::machine::load_average;
use crate::plot::{Line, Plot};
use crate::rehearsal::RECOVERY;
use crate::report::milliseconds;
use crate::timeline::{BROKEN, SLICE, Slice, Timeline};

/// What it says.
pub(crate) struct Page<'a> {
    /// What was done.
    pub(crate) what: String,
    pub(crate) timeline: &'a Timeline,
    /// Acknowledged writes that were looked for.
    pub(crate) promises: usize,
    pub(crate) broken: &'a [String],
    /// Bytes of app and Postgres after all users had gone.
    pub(crate) rest: Option<[u64; 2]>,
}

impl Page<'_> {
    /// Figures, each with its name.
    fn figures(&self) -> Vec<(&'static str, String)> {
        let timeline = self.timeline;
        let seconds = timeline.slices.len() as f64 * SLICE.as_secs_f64();
        let quantile = |share| {
            timeline
                .quantile(share)
                .map_or_else(|| "–".to_owned(), milliseconds)
        };
        let mut faults: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, what) in &timeline.faults {
            *faults.entry(what).or_default() += 1;
        }
        let faults: Vec<_> = faults
            .iter()
            .map(|(what, count)| format!("{count} × {what}"))
            .collect();
        vec![
            ("what", self.what.clone()),
            (
                "when",
                chrono::Utc::now().format("%Y-%m-%d %H:%M UTC").to_string(),
            ),
            ("load of the machine, last minute", load_average()),
            (
                "answers",
                format!(
                    "{}, {:.0} a second",
                    timeline.answers(),
                    timeline.answers() as f64 / seconds.max(1.0)
                ),
            ),
            (
                "latency p50 / p95 / p99",
                [0.5, 0.95, 0.99].map(quantile).join(" / "),
            ),
            (
                "5xx and broken connections",
                format!(
                    "{}; {} of them not within {} s of a fault",
                    timeline.failures(),
                    timeline.unexplained(RECOVERY),
                    RECOVERY.as_secs()
                ),
            ),
            (
                "faults",
                if faults.is_empty() {
                    "none".to_owned()
                } else {
                    faults.join(", ")
                },
            ),
            (
                "acknowledged writes lost or undone",
                format!("{} of {}", self.broken.len(), self.promises),
            ),
            ("memory of the app", self.memory(|[app, _]| app)),
            (
                "whether it is flat",
                flatness::told(&flatness::lives(timeline)),
            ),
            ("memory of Postgres", self.memory(|[_, postgres]| postgres)),
        ]
    }

    /// After the first fifth, at the end, at most, and at rest.
    fn memory(&self, of: impl Fn([u64; 2]) -> u64) -> String {
        let slices = &self.timeline.slices;
        let seen = |slices: &[Slice]| -> Vec<u64> {
            slices
                .iter()
                .filter_map(|slice| slice.memory)
                .map(&of)
                .collect()
        };
        let every = seen(slices);
        let later = seen(slices.get(slices.len() / 5..).unwrap_or_default());
        let shown = |bytes: Option<u64>| {
            bytes.map_or_else(
                || "–".to_owned(),
                |bytes| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
            )
        };
        format!(
            "{} after a fifth of the time, {} at the end, {} at most, {} when all had gone",
            shown(later.first().copied()),
            shown(every.last().copied()),
            shown(every.iter().max().copied()),
            shown(self.rest.map(&of)),
        )
    }

    /// Routes: answers by status, latencies.
    fn routes(&self) -> Vec<[String; 4]> {
        let status = |(status, count): (&u16, &usize)| match *status {
            BROKEN => format!("{count} × none"),
            status => format!("{count} × {status}"),
        };
        let shown = |time: Option<Duration>| time.map_or_else(|| "–".to_owned(), milliseconds);
        let routes = self.timeline.routes.iter();
        routes
            .map(|(name, route)| {
                let statuses: Vec<_> = route.statuses.iter().map(status).collect();
                [
                    (*name).to_owned(),
                    statuses.join(", "),
                    shown(route.quantile(0.5)),
                    shown(route.quantile(0.99)),
                ]
            })
            .collect()
    }

    pub(crate) fn summary(&self) -> String {
        let mut text = String::from("| | |\n|---|---|\n");
        for (name, value) in self.figures() {
            let _ = writeln!(text, "| {name} | {value} |");
        }
        text.push_str("\n| route | answers | p50 | p99 |\n|---|---|---:|---:|\n");
        for [name, answers, median, slow] in self.routes() {
            let _ = writeln!(text, "| `{name}` | {answers} | {median} | {slow} |");
        }
        for line in self.broken {
            let _ = write!(text, "\n- {line}");
        }
        text
    }

    pub(crate) fn html(&self) -> String {
        let marks: Vec<_> = self
            .timeline
            .faults
            .iter()
            .map(|(at, what)| (at.as_secs_f64(), *what))
            .collect();
        let mut page = String::from(
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Load</title>\n<style>body { font: 15px sans-serif; max-width: \
             940px; margin: 2em auto; background: white; color: black } td, th { text-align: left; padding: .2em 1em .2em 0; vertical-align: top } svg { width: \
             100% }</style>\n<h1>Load</h1>\n<table>\n",
        );
        for (name, value) in self.figures() {
            let _ = writeln!(page, "<tr><th>{name}</th><td>{}</td></tr>", escaped(&value));
        }
        page.push_str("</table>\n");
        for (title, lines) in self.plots() {
            let plot = Plot {
                title,
                lines,
                slice: SLICE.as_secs_f64(),
                marks: &marks,
            };
            let _ = writeln!(page, "<p>{}</p>", plot.svg());
        }
        page.push_str("<table>\n<tr><th>route</th><th>answers</th><th>p50</th><th>p99</th></tr>\n");
        for row in self.routes() {
            let cells = row.map(|cell| format!("<td>{}</td>", escaped(&cell)));
            let _ = writeln!(page, "<tr>{}</tr>", cells.concat());
        }
        page.push_str("</table>\n");
        for line in self.broken {
            let _ = writeln!(page, "<p>{}</p>", escaped(line));
        }
        page.push_str("</html>\n");
        page
    }

    fn plots(&self) -> [(&'static str, Vec<Line>); 4] {
        let line = |name, value: &dyn Fn(&Slice) -> Option<f64>| Line {
            name,
            values: self.timeline.slices.iter().map(value).collect(),
        };
        let latency = |name, share| {
            line(name, &move |slice: &Slice| {
                slice.quantile(share).map(|time| time.as_secs_f64() * 1e3)
            })
        };
        let per_second = |count: usize| Some(count as f64 / SLICE.as_secs_f64());
        let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        [
            (
                "Answers a second",
                vec![line("answers", &|slice: &Slice| per_second(slice.answers))],
            ),
            (
                "Latency, ms",
                vec![latency("p50", 0.5), latency("p99", 0.99)],
            ),
            (
                "5xx and broken connections a second",
                vec![line("failures", &|slice: &Slice| {
                    per_second(slice.failures)
                })],
            ),
            (
                "Memory, MiB",
                vec![
                    line("app", &|slice: &Slice| {
                        slice.memory.map(|[app, _]| mebibytes(app))
                    }),
                    line("Postgres", &|slice: &Slice| {
                        slice.memory.map(|[_, postgres]| mebibytes(postgres))
                    }),
                ],
            ),
        ]
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Answer;

    #[test]
    fn a_report_says_what_was_lost_and_shows_every_plot() {
        let mut timeline = Timeline::default();
        for second in [1, 2, 7] {
            timeline.note(Answer {
                route: "GET /blog/posts/{slug}",
                status: if second == 7 { 503 } else { 200 },
                sent: Duration::from_secs(second),
                took: Duration::from_millis(4),
            });
        }
        timeline.slice(Duration::ZERO).memory = Some([50 << 20, 90 << 20]);
        timeline
            .faults
            .push((Duration::from_secs(6), "Postgres killed"));
        let broken = ["a <post> was published, and answers 404".to_owned()];
        let page = Page {
            what: "two users".to_owned(),
            timeline: &timeline,
            promises: 3,
            broken: &broken,
            rest: Some([40 << 20, 80 << 20]),
        };
        let html = page.html();
        assert_eq!(html.matches("<svg").count(), 4);
        assert_eq!(html.matches("<title>Postgres killed").count(), 4);
        assert!(html.contains("a &lt;post> was published"), "{html}");
        let summary = page.summary();
        for said in [
            "| acknowledged writes lost or undone | 1 of 3 |",
            "| faults | 1 × Postgres killed |",
            "| 5xx and broken connections | 1; 0 of them not within 30 s of a fault |",
            "| `GET /blog/posts/{slug}` | 2 × 200, 1 × 503 | 4.00 ms | 4.00 ms |",
            "50.0 MiB at the end",
            "40.0 MiB when all had gone",
            "| whether it is flat | no life of the app was 300 s long: nothing to tell |",
        ] {
            assert!(summary.contains(said), "{said}\n{summary}");
        }
    }
}
