//! The Python part: the vendors' PyPI packages against live servers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::live_server::LiveServers;
use crate::step::Report;
use crate::toolchain::{Python, scratch};

/// Makes the virtual environment if the lock or the interpreter changed, starts servers and runs the suite.
pub(crate) fn run(root: &Path, python: &Python, report: &mut Report) {
    let suite = root.join("e2e").join("python");
    let Some(interpreter) = environment(root, &suite, python, report) else {
        return;
    };
    LiveServers::during(root, "python", report, |servers, report| {
        let mut command = Command::new(&interpreter);
        command.current_dir(&suite).args(["-m", "pytest"]).env("PYTHONDONTWRITEBYTECODE", "1").envs(servers.environment());
        report.step_with_summary("python", &mut command, is_summary);
    });
}

/// The interpreter of `target/e2e-venv`, with exactly the packages of the lock.
fn environment(root: &Path, suite: &Path, python: &Python, report: &mut Report) -> Option<PathBuf> {
    let venv = match scratch(root) {
        Ok(scratch) => scratch.join("e2e-venv"),
        Err(error) => {
            report.fail("python environment", &error);
            return None;
        }
    };
    let interpreter = venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let stamp = venv.join("installed-from");
    let lock = suite.join("requirements.lock");
    let wanted = match fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display())) {
        Ok(text) => format!("{}\n{text}", python.version),
        Err(error) => {
            report.fail("python packages", &error);
            return None;
        }
    };
    if interpreter.exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Some(interpreter);
    }
    if !report.step("python environment", Command::new(&python.python).args(["-m", "venv", "--clear"]).arg(&venv)) {
        return None;
    }
    let install = &mut Command::new(&interpreter);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&lock);
    if !report.step("python packages", install) {
        return None;
    }
    if let Err(error) = fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display())) {
        report.fail("python packages", &error);
        return None;
    }
    Some(interpreter)
}

/// The last line of pytest, such as `=== 31 passed in 8.20s ===`.
fn is_summary(line: &str) -> bool {
    line.starts_with("==") && [" passed", " failed", " error", " skipped", "no tests ran"].iter().any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(file: &str) -> Vec<String> {
        let text = fs::read_to_string(crate::toolchain::workspace_root().unwrap().join("e2e/python").join(file)).unwrap();
        text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn the_lock_pins_every_package_and_holds_what_the_suite_asks_for() {
        let lock = lines("requirements.lock");
        for line in &lock {
            assert!(
                line.split_once("==").is_some_and(|(name, version)| !name.contains(' ') && !version.contains([' ', '/', '*'])),
                "{line}"
            );
        }
        for wanted in lines("requirements.txt") {
            assert!(lock.contains(&wanted), "{wanted} is not in the lock");
        }
    }

    #[test]
    fn pytest_sums_up_in_its_last_line() {
        assert!(is_summary("============ 72 passed in 7.07s ============\n"));
        assert!(is_summary("======= 1 failed, 71 passed in 8.1s =======\n"));
        assert!(!is_summary("============ test session starts ============\n"));
    }
}
