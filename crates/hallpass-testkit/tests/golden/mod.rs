//! Golden files: what is rendered must be what lies in the repository.

use std::path::Path;

/// Set it to write the files anew instead of comparing.
const BLESS: &str = "HALLPASS_BLESS";

/// Compares a rendered text with `corpus/matrices/NAME`, line by line.
pub(crate) fn assert_golden(name: &str, rendered: &str) {
    let path = hallpass_testkit::corpus_directory().join("matrices").join(name);
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(&path, rendered).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}; {BLESS}=1 writes it", path.display()));
    let different = differences(&golden, rendered);
    assert!(
        different.is_empty(),
        "{} does not show what the engine does ({BLESS}=1 writes it anew; read the diff):\n{}",
        file_name(&path),
        different.join("\n")
    );
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn differences(golden: &str, rendered: &str) -> Vec<String> {
    let (before, after): (Vec<&str>, Vec<&str>) = (golden.lines().collect(), rendered.lines().collect());
    let gone = before.iter().filter(|line| !after.contains(line)).map(|line| format!("- {line}"));
    let new = after.iter().filter(|line| !before.contains(line)).map(|line| format!("+ {line}"));
    let moved = (before != after).then(|| "  (the order differs)".to_owned());
    let mut different: Vec<String> = gone.chain(new).collect();
    if different.is_empty() {
        different.extend(moved);
    }
    different
}

/// A table: a name per row, a column per head, cells of one character each.
pub(crate) fn table(title: &str, heads: &[String], rows: &[(String, Vec<char>)]) -> String {
    let widest = rows.iter().map(|(name, _)| name.len()).chain([title.len()]).max().unwrap_or(0);
    let mut lines = vec![format!("{title:widest$}  {}", heads.join("  "))];
    for (name, cells) in rows {
        let cells: Vec<String> = heads.iter().zip(cells).map(|(head, cell)| format!("{cell:^width$}", width = head.len())).collect();
        lines.push(format!("{name:widest$}  {}", cells.join("  ")).trim_end().to_owned());
    }
    lines.join("\n") + "\n"
}
