//! Peers that are written in Go: built from their released modules where Go is present.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// A program of a module at a version; built where it is not there yet.
pub(crate) fn binary(peers: &Path, package: &str, version: &str, may_fetch: bool) -> anyhow::Result<PathBuf> {
    let name = package.rsplit('/').next().unwrap_or(package);
    let bin = peers.join(format!("{name}-{version}"));
    let binary = bin.join(name);
    if !binary.exists() && may_fetch {
        println!("building {package} {version} (some minutes, once)");
        let mut install = Command::new("go");
        install.args(["install", &format!("{package}@{version}")]).env("GOBIN", &bin).current_dir(peers);
        install.status().context("Go is not present")?;
    }
    if !binary.exists() {
        bail!("{package} {version} is not installed");
    }
    Ok(binary)
}
