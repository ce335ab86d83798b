//! The tools that must be on the machine: looked for, and their versions checked, before anything is run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// Oldest Node that the JavaScript suite runs on: the first whose test runner takes a directory and a reporter.
const NODE_OLDEST: Version = Version(20, 0);
/// Oldest Python that the Python suite runs on: the oldest that both of Stream's packages and their pinned dependencies support.
const PYTHON_OLDEST: Version = Version(3, 11);

/// Major and minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl Version {
    /// Finds the first `MAJOR.MINOR` in what a tool says of itself, such as `v20.20.2` or `Python 3.11.7`.
    fn find_in(text: &str) -> Option<Self> {
        let numbers = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        let mut parts = numbers.split(|c: char| !c.is_ascii_digit());
        Some(Self(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }
}

/// Node with npm.
pub(crate) struct Node {
    pub(crate) node: PathBuf,
    pub(crate) npm: PathBuf,
}

/// A Python that can make virtual environments.
pub(crate) struct Python {
    pub(crate) python: PathBuf,
    /// What it says of itself; another version needs a new virtual environment.
    pub(crate) version: String,
}

/// The tools of the parts that will run.
pub(crate) struct Tools {
    pub(crate) node: Option<Node>,
    pub(crate) python: Option<Python>,
}

impl Tools {
    /// Looks for all of them and names everything that is missing at once.
    pub(crate) fn find(node: bool, python: bool) -> anyhow::Result<Self> {
        let mut missing = Vec::new();
        let mut need = |found: anyhow::Result<Tool>| match found {
            Ok(tool) => Some(tool),
            Err(problem) => {
                missing.push(format!("- {problem}"));
                None
            }
        };
        let node = if node { need(find_node()) } else { None };
        let python = if python { need(find_python()) } else { None };
        if !missing.is_empty() {
            bail!(
                "these tools are needed and were not found:\n{}\n`cargo xtask test rust` needs neither Node nor Python.",
                missing.join("\n")
            );
        }
        Ok(Self {
            node: node.and_then(|tool| if let Tool::Node(node) = tool { Some(node) } else { None }),
            python: python.and_then(|tool| if let Tool::Python(python) = tool { Some(python) } else { None }),
        })
    }
}

enum Tool {
    Node(Node),
    Python(Python),
}

fn find_node() -> anyhow::Result<Tool> {
    let wanted = format!("Node {} or newer with npm (https://nodejs.org), for the JavaScript suite", NODE_OLDEST.0);
    let node = PathBuf::from("node");
    let said = answer(&node, &["--version"]).with_context(|| wanted.clone())?;
    if Version::find_in(&said).is_none_or(|version| version < NODE_OLDEST) {
        bail!("{wanted}: `node --version` says {said}");
    }
    let npm = PathBuf::from(if cfg!(windows) { "npm.cmd" } else { "npm" });
    answer(&npm, &["--version"]).with_context(|| wanted)?;
    Ok(Tool::Node(Node { node, npm }))
}

fn find_python() -> anyhow::Result<Tool> {
    let wanted = format!(
        "Python {}.{} or newer with its venv module (https://www.python.org), for the Python suite",
        PYTHON_OLDEST.0, PYTHON_OLDEST.1
    );
    let mut seen = Vec::new();
    for name in ["python3", "python"] {
        let python = PathBuf::from(name);
        let Ok(version) = answer(&python, &["--version"]) else {
            continue;
        };
        if Version::find_in(&version).is_none_or(|found| found < PYTHON_OLDEST) {
            seen.push(format!("`{name} --version` says {version}"));
            continue;
        }
        // Some distributions ship these in a package of their own.
        if answer(&python, &["-c", "import venv, ensurepip"]).is_err() {
            seen.push(format!("`{name}` has no venv module (Debian, Ubuntu: install python3-venv)"));
            continue;
        }
        return Ok(Tool::Python(Python { python, version }));
    }
    if seen.is_empty() { bail!("{wanted}") } else { bail!("{wanted}: {}", seen.join(", ")) }
}

/// What a tool prints when asked; an error if it cannot be run or fails.
fn answer(tool: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(tool).args(arguments).output().with_context(|| format!("`{}` does not run", tool.display()))?;
    if !output.status.success() {
        bail!("`{} {}` fails: {}", tool.display(), arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where things that can be made again are put: beside cargo's own, made if it is not there yet.
pub(crate) fn scratch(root: &Path) -> anyhow::Result<PathBuf> {
    let directory = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => std::path::absolute(directory).context("CARGO_TARGET_DIR is not a path")?,
        None => root.join("target"),
    };
    std::fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    Ok(directory)
}

/// The directory of the workspace, wherever the task was started from.
pub(crate) fn workspace_root() -> anyhow::Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(Path::to_path_buf).context("xtask has no parent directory")
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn a_version_is_found_in_what_tools_say() {
        assert_eq!(Version::find_in("v20.20.2"), Some(Version(20, 20)));
        assert_eq!(Version::find_in("Python 3.11.7"), Some(Version(3, 11)));
        assert_eq!(Version::find_in("Python 3.14.0rc1"), Some(Version(3, 14)));
        assert_eq!(Version::find_in("command not found"), None);
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(Version(3, 9) < Version(3, 11));
        assert!(Version(22, 0) > Version(20, 11));
    }
}
