//! Tables as Markdown, aligned, so that they read the same on a terminal and in the documents.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// A table with a line above that says what it shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) caption: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(caption: impl Into<String>, columns: &[&str]) -> Self {
        Self { caption: caption.into(), columns: columns.iter().map(|&column| column.to_owned()).collect(), rows: Vec::new() }
    }

    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    pub(crate) fn markdown(&self) -> String {
        let width = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at)).chain(self.columns.get(at));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |cells: &[String]| {
            let mut line = String::from("|");
            for (at, width) in widths.iter().enumerate() {
                let cell = cells.get(at).map_or("", String::as_str);
                let padding = " ".repeat(width - cell.chars().count());
                // Names to the left, figures to the right.
                let _infallible = if at == 0 { write!(line, " {cell}{padding} |") } else { write!(line, " {padding}{cell} |") };
            }
            line
        };
        let rule: String = widths
            .iter()
            .enumerate()
            .map(|(at, width)| if at == 0 { format!("|{}", "-".repeat(width + 2)) } else { format!("|{}:", "-".repeat(width + 1)) })
            .collect();
        let mut lines = vec![self.caption.clone(), String::new(), line(&self.columns), format!("{rule}|")];
        lines.extend(self.rows.iter().map(|row| line(row)));
        lines.join("\n")
    }
}

/// A duration in a unit that suits it.
pub(crate) fn ns(ns: f64) -> String {
    match ns {
        ns if ns < 100.0 => format!("{ns:.1} ns"),
        ns if ns < 10_000.0 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.1} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

/// A ratio with two digits that count.
pub(crate) fn ratio(ratio: f64) -> String {
    match ratio {
        ratio if ratio < 10.0 => format!("{ratio:.2}"),
        ratio if ratio < 100.0 => format!("{ratio:.1}"),
        ratio => thousands(ratio.round() as u64),
    }
}

/// A size in megabytes.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// A number with commas.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The middle one.
pub(crate) fn median(figures: &[f64]) -> f64 {
    percentile(figures, 50.0)
}

/// The figure below which so many of a hundred lie.
pub(crate) fn percentile(figures: &[f64], percent: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = ((sorted.len() as f64 * percent / 100.0).ceil() as usize).clamp(1, sorted.len().max(1));
    sorted.get(at - 1).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([thousands(7), thousands(1_234), thousands(1_234_567)], ["7", "1,234", "1,234,567"]);
        assert_eq!([ns(12.34), ns(1_234.0), ns(12_345.0)], ["12.3 ns", "1234 ns", "12.3 µs"]);
    }

    #[test]
    fn percentiles_are_figures_that_were_measured() {
        let figures = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!([median(&figures), percentile(&figures, 99.0), percentile(&figures, 1.0)], [3.0, 5.0, 1.0]);
    }

    #[test]
    fn columns_line_up() {
        let mut table = Table::new("What", &["engine", "time"]);
        table.row(["a", "100 ns"]);
        assert_eq!(table.markdown(), "What\n\n| engine |   time |\n|--------|-------:|\n| a      | 100 ns |");
    }
}
