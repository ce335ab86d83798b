//! The JavaScript part: the vendors' npm packages against live servers, and the README's commands.

use std::path::Path;
use std::process::Command;

use crate::live_server::LiveServers;
use crate::step::Report;
use crate::toolchain::Node;

/// Installs what the lock file names, starts servers and runs the suite.
pub(crate) fn run(root: &Path, node: &Node, report: &mut Report) {
    let suite = root.join("e2e").join("js");
    // No package here needs an install script, so none may run one.
    let install = &mut Command::new(&node.npm);
    install.current_dir(&suite).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    if !report.step("npm packages", install) {
        return;
    }
    LiveServers::during(root, "js", report, |servers, report| {
        let mut command = Command::new(&node.node);
        command.current_dir(&suite).args(["--test", "--test-reporter=spec"]).args(test_files(&suite)).envs(servers.environment());
        report.step_with_summary("javascript", &mut command, is_summary);
    });
}

/// The test files by name: Node 20 and 22 read a directory argument differently.
fn test_files(suite: &Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(suite.join("test"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.js"))
        .collect();
    files.sort();
    files
}

/// Lines such as `ℹ pass 41`, at the end of the spec reporter's output.
fn is_summary(line: &str) -> bool {
    ["ℹ tests ", "ℹ pass ", "ℹ fail ", "ℹ skipped ", "ℹ todo "].iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_names_packages_and_checksums_and_no_place_that_they_came_from() {
        let lock = crate::toolchain::workspace_root().unwrap().join("e2e/js/package-lock.json");
        let lock: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(lock).unwrap()).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        assert!(packages.len() > 10, "{} packages", packages.len());
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            assert!(package["version"].is_string() && package["integrity"].is_string(), "{name}");
            assert!(package.get("resolved").is_none(), "{name}: {package}");
        }
    }

    #[test]
    fn every_test_file_is_found() {
        let files = test_files(&crate::toolchain::workspace_root().unwrap().join("e2e/js"));
        assert!(files.iter().any(|file| file.ends_with("role-management.test.js")), "{files:?}");
    }

    #[test]
    fn node_sums_up_in_lines_that_start_with_a_sign() {
        assert!(is_summary("ℹ pass 41\n"));
        assert!(!is_summary("✔ a user gets another role (12 ms)\n"));
    }
}
