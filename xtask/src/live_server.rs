//! The servers of one suite: built, started on free ports with empty data directories, stopped with SIGTERM.
//!
//! There are two, one that speaks plain HTTP and one that speaks HTTPS, for some vendors' SDKs speak nothing else.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::rust::cargo;
use crate::step::Report;
use crate::toolchain::scratch;

/// How long a debug build on a busy machine may take to open its port.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long it may take to finish its requests after SIGTERM.
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// Between two looks at a condition.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A running `hallpass serve`.
struct LiveServer {
    child: Child,
    data: TempDir,
    url: String,
    log: PathBuf,
}

/// The two servers of a suite.
pub(crate) struct LiveServers {
    binary: PathBuf,
    plain: LiveServer,
    tls: LiveServer,
    certificate: Certificate,
}

impl LiveServers {
    /// Starts the servers, runs `body`, stops them. Whatever goes wrong is noted.
    pub(crate) fn during(root: &Path, suite: &str, report: &mut Report, body: impl FnOnce(&Self, &mut Report)) {
        let name = format!("servers for {suite}");
        println!("\n=== {name}");
        let mut servers = match Self::start(root, suite) {
            Ok(servers) => servers,
            Err(error) => return report.fail(&name, &error),
        };
        for server in [&servers.plain, &servers.tls] {
            println!("{} (log: {})", server.url, server.log.display());
        }
        body(&servers, report);
        for server in [&mut servers.plain, &mut servers.tls] {
            if let Err(error) = server.stop() {
                report.fail(&name, &error);
            }
        }
    }

    fn start(root: &Path, suite: &str) -> anyhow::Result<Self> {
        let binary = build(root)?;
        let certificate = Certificate::make()?;
        let scratch = scratch(root)?;
        let plain = LiveServer::start(&binary, &[], scratch.join(format!("e2e-{suite}-server.log")))?;
        let (chain, key) = (certificate.chain(), certificate.key());
        let files = ["--tls-cert".as_ref(), chain.as_os_str(), "--tls-key".as_ref(), key.as_os_str()];
        let tls = LiveServer::start(&binary, &files, scratch.join(format!("e2e-{suite}-tls-server.log")))?;
        Ok(Self { binary, plain, tls, certificate })
    }

    /// What the suites read: where the servers are, their keys, whom to trust, and the binary for tests that start their own.
    pub(crate) fn environment(&self) -> [(&'static str, PathBuf); 7] {
        [
            ("HALLPASS_URL", PathBuf::from(&self.plain.url)),
            ("HALLPASS_CREDENTIALS", self.plain.data.path().join("credentials.json")),
            ("HALLPASS_TLS_URL", PathBuf::from(&self.tls.url)),
            ("HALLPASS_TLS_CREDENTIALS", self.tls.data.path().join("credentials.json")),
            ("HALLPASS_CA", self.certificate.chain()),
            // What Node reads at its start.
            ("NODE_EXTRA_CA_CERTS", self.certificate.chain()),
            ("HALLPASS_BIN", self.binary.clone()),
        ]
    }
}

/// A certificate for loopback, signed by itself.
struct Certificate {
    directory: TempDir,
}

impl Certificate {
    fn make() -> anyhow::Result<Self> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        let certificate =
            Self { directory: TempDir::with_prefix("hallpass-e2e-tls-").context("no temporary directory for the certificate")? };
        fs::write(certificate.chain(), made.cert.pem())?;
        fs::write(certificate.key(), made.signing_key.serialize_pem())?;
        Ok(certificate)
    }

    fn chain(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.directory.path().join("key.pem")
    }
}

impl LiveServer {
    fn start(binary: &Path, options: &[&OsStr], log: PathBuf) -> anyhow::Result<Self> {
        let data = TempDir::with_prefix("hallpass-e2e-").context("no temporary directory for the data")?;
        let output = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .args(options)
            // The receivers of webhooks are the tests themselves.
            .env("HALLPASS_WEBHOOKS_TO_PRIVATE", "true")
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output)
            .spawn()
            .with_context(|| format!("`{}` does not run", binary.display()))?;
        let mut server = Self { child, data, url: String::new(), log };
        server.url = server.wait_until_listening()?;
        Ok(server)
    }

    /// The server writes `listening.json` once its port is open and it is ready.
    fn wait_until_listening(&mut self) -> anyhow::Result<String> {
        let file = self.data.path().join("listening.json");
        let started = Instant::now();
        loop {
            if let Ok(text) = fs::read_to_string(&file) {
                let listening: Value = serde_json::from_str(&text).with_context(|| format!("{} is not JSON: {text}", file.display()))?;
                return listening.get("url").and_then(Value::as_str).map(str::to_owned).with_context(|| format!("no url in {text}"));
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status} before it listened; its log:\n{}", self.log_text());
            }
            if started.elapsed() > START_LIMIT {
                bail!("the server did not listen within {} s; its log:\n{}", START_LIMIT.as_secs(), self.log_text());
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// Asks it to stop and waits. A server that crashed on the way, does not stop, or ends with an error is a failure.
    fn stop(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the server ended with {status} during the suite; its log:\n{}", self.log_text());
        }
        self.ask_to_stop()?;
        let asked = Instant::now();
        let status: ExitStatus = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if asked.elapsed() > STOP_LIMIT {
                bail!("the server did not stop within {} s; its log:\n{}", STOP_LIMIT.as_secs(), self.log_text());
            }
            std::thread::sleep(LOOK_AGAIN);
        };
        if cfg!(unix) && !status.success() {
            bail!("the server ended with {status} after it was asked to stop; its log:\n{}", self.log_text());
        }
        // Refusals and bad input are answers. An error in the log is something of the server's own that broke, whatever it answered.
        if let Some(line) = fs::read_to_string(&self.log).unwrap_or_default().lines().find(|line| line.contains(" ERROR ")) {
            bail!("the server logged an error during the suite: {line}");
        }
        Ok(())
    }

    #[cfg(unix)]
    fn ask_to_stop(&mut self) -> anyhow::Result<()> {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().context("`kill` does not run")?;
        if !status.success() {
            bail!("`kill` ended with {status}");
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn ask_to_stop(&mut self) -> anyhow::Result<()> {
        self.child.kill().context("the server cannot be stopped")
    }

    fn log_text(&self) -> String {
        const LAST_LINES: usize = 40;
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default().join("\n")
    }
}

impl Drop for LiveServer {
    /// No server outlives its suite, whatever happened.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Builds the binary and learns from cargo where it put it.
fn build(root: &Path) -> anyhow::Result<PathBuf> {
    let output = cargo(root)
        .args(["build", "--package", "hallpass-server", "--bin", "hallpass", "--message-format=json-render-diagnostics"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("`cargo` does not run")?;
    if !output.status.success() {
        bail!("the server does not build");
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message.get("executable").and_then(Value::as_str).map(PathBuf::from))
        .next_back()
        .context("cargo built no executable")
}
