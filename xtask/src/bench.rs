//! `cargo xtask bench`: builds what is measured and what measures it, both optimized, and runs it.
//!
//! The benchmarks are a workspace of their own in `bench/`; their heavy peers are compiled here and nowhere else.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// Sections, and the programs of `bench/` that each needs.
const SECTIONS: [(&str, &[&str]); 4] = [
    ("in-process", &["bench-engine", "bench-peers"]),
    ("growth", &["bench-engine"]),
    ("http", &["bench-engine", "bench-hello"]),
    ("writes", &["bench-engine"]),
];

/// Runs the named sections, or all.
pub(crate) fn run(root: &Path, words: &[&str]) -> anyhow::Result<()> {
    let named: Vec<&str> = words.iter().copied().filter(|word| *word != "--quick").collect();
    if let Some(unknown) = named.iter().find(|name| SECTIONS.iter().all(|(section, _)| section != *name)) {
        let known: Vec<_> = SECTIONS.iter().map(|(section, _)| *section).collect();
        bail!("there is no section `{unknown}`; there are {}", known.join(", "));
    }
    let wanted = |section: &str| named.is_empty() || named.contains(&section);
    let target = root.join("bench").join("target");
    let needed: BTreeSet<&str> =
        SECTIONS.iter().filter(|(section, _)| wanted(section)).flat_map(|(_, programs)| *programs).copied().collect();
    for program in needed {
        let mut build = cargo(&root.join("bench"));
        // A directory of its own, wherever the workspace's is: the two are built with different features.
        build.env("CARGO_TARGET_DIR", &target).args(["build", "--release", "--package", program]);
        match succeed(&mut build) {
            // Without the peers the rest is measured all the same, and the page says what is missing.
            Err(error) if program == "bench-peers" => println!("the peers are not built: {error:#}"),
            outcome => outcome?,
        }
    }
    if wanted("http") {
        let mut build = cargo(root);
        build.env("CARGO_TARGET_DIR", root.join("target")).args(["build", "--release", "--package", "hallpass-server"]);
        succeed(&mut build)?;
    }
    succeed(Command::new(target.join("release").join("bench-engine")).current_dir(root).arg("run").args(words))
}

fn cargo(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(directory);
    command
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("`{program}` does not run"))?;
    if !status.success() {
        bail!("`{program}` ended with {status}");
    }
    Ok(())
}
