//! The Rust part: format, lints, tests and docs of the workspace.

use std::path::Path;
use std::process::Command;

use crate::step::Report;

/// Runs them all, whatever fails.
pub(crate) fn run(root: &Path, report: &mut Report) {
    report.step("format", cargo(root).args(["fmt", "--all", "--check"]));
    report.step("lints", cargo(root).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]));
    report.step_with_summary("rust", cargo(root).args(["test", "--workspace", "--no-fail-fast"]), is_summary);
    // Other flags make other builds, so these have a directory of their own.
    let models = &mut cargo(root);
    models.args(["test", "--package", "hallpass", "--lib", "world::model", "--target-dir", "target/loom"]).env("RUSTFLAGS", "--cfg loom");
    report.step_with_summary("models of what is lock-free", models, is_summary);
    report.step("docs", cargo(root).args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"));
}

/// Cargo, of the toolchain that runs this task.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

fn is_summary(line: &str) -> bool {
    line.starts_with("test result: ")
}
