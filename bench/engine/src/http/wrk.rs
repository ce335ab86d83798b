//! Load by `wrk`: many bodies in rotation, one thread, keep-alive.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;

/// What is asked again and again.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) url: String,
    /// GET when there are none.
    pub(crate) bodies: Vec<String>,
    pub(crate) headers: Vec<(String, String)>,
}

/// What came of it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Report {
    requests: u64,
    duration_us: u64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    errors: u64,
}

impl Report {
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / (self.duration_us as f64 / 1e6)
    }
}

const SCRIPT: &str = r#"
local bodies, get, at = {}, nil, 0
init = function(args)
  for line in io.lines(FILE) do bodies[#bodies + 1] = wrk.format("POST", nil, HEADERS, line) end
  get = wrk.format("GET", nil, HEADERS)
end
request = function()
  if #bodies == 0 then return get end
  at = at % #bodies + 1
  return bodies[at]
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"errors":%d}\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"#;

/// Makes sure that `wrk` is there; installs Debian's package where that can be done.
pub(crate) fn install() -> anyhow::Result<()> {
    let is_there = || Command::new("wrk").arg("--version").output().is_ok();
    if is_there() {
        return Ok(());
    }
    println!("installing wrk with apt-get");
    let installed = Command::new("apt-get").args(["install", "-y", "-q", "wrk"]).status();
    if !is_there() {
        bail!(
            "`wrk` is needed for this section and cannot be installed here ({installed:?}); install it (Debian: `apt-get install wrk`) and run again"
        );
    }
    Ok(())
}

/// Puts the load on a server for some seconds.
pub(crate) fn run(load: &Load, directory: &Path, connections: usize, seconds: u32) -> anyhow::Result<Report> {
    let bodies = directory.join("bodies");
    std::fs::write(&bodies, load.bodies.join("\n") + if load.bodies.is_empty() { "" } else { "\n" })?;
    let mut headers = String::from("{");
    for (name, value) in &load.headers {
        write!(headers, "[{name:?}]={value:?},")?;
    }
    headers.push('}');
    let script = SCRIPT.replace("FILE", &format!("{:?}", bodies.display().to_string())).replace("HEADERS", &headers);
    let file = directory.join("load.lua");
    std::fs::write(&file, script)?;
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "--timeout", "10s", "-s"])
        .arg(&file)
        .arg(&load.url)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.lines().find(|line| line.starts_with('{')).with_context(|| format!("wrk said {said}"))?;
    let report: Report = serde_json::from_str(line)?;
    if report.requests == 0 {
        bail!("no request was answered within {seconds} s at {connections} connections");
    }
    if report.errors != 0 {
        bail!("{}: {} of {} requests failed", load.url, report.errors, report.requests);
    }
    Ok(report)
}
