//! CPU time that servers use. Unlike rates it hardly changes with what else the machine does.

use std::collections::BTreeMap;
use std::time::Duration;

/// Of `/proc/<pid>/stat`, on every architecture that Spindle runs on: one unit is 10 ms.
const TICK: Duration = Duration::from_millis(10);

/// User and system time of a process and all below it, those that have ended included.
pub(crate) fn of_tree(root: u32) -> Duration {
    TICK * below(root).into_values().sum::<u32>()
}

/// A process and all below it.
pub(crate) fn tree(root: u32) -> impl Iterator<Item = u32> {
    below(root).into_keys()
}

/// A process and all below it, with the ticks of each.
fn below(root: u32) -> BTreeMap<u32, u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes: BTreeMap<u32, (u32, u32)> = processes
        .filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            Some((process, parse(&stat)?))
        })
        .collect();
    let is_below = |process: u32| {
        let parents = std::iter::successors(Some(process), |process| {
            processes.get(process).map(|(parent, _)| *parent)
        });
        parents
            .take_while(|process| *process != 0)
            .any(|process| process == root)
    };
    processes
        .iter()
        .filter(|(process, _)| is_below(**process))
        .map(|(process, (_, ticks))| (*process, *ticks))
        .collect()
}

/// The parent, and the ticks of the process and of its children that have ended.
fn parse(stat: &str) -> Option<(u32, u32)> {
    // The name of the program is in brackets and may hold anything.
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let field = |number: usize| fields.get(number)?.parse::<u32>().ok();
    Some((field(1)?, field(11)? + field(12)? + field(13)? + field(14)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_program_is_skipped_whatever_it_is() {
        let stat = "7 (a) b (c)) S 3 7 7 0 -1 4194304 100 0 0 0 11 12 13 14 20 0 1 0 100 0 0";
        assert_eq!(parse(stat), Some((3, 11 + 12 + 13 + 14)));
        assert_eq!(parse("nonsense"), None);
    }

    #[test]
    fn a_tree_holds_its_root() {
        let begin = of_tree(std::process::id());
        let mut spun = 0_u64;
        while of_tree(std::process::id()) == begin {
            spun = std::hint::black_box(spun + 1);
        }
        assert!(of_tree(std::process::id()) > begin);
    }
}
