//! A server process, and commands that are run beside it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hallpass_server::credentials::{Credentials, FILE_NAME};
use hallpass_server::listening;
use serde_json::Value;

const HALLPASS: &str = env!("CARGO_BIN_EXE_hallpass");

/// How long a process may take to do what a test waits for, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server; killed when dropped.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) directory: tempfile::TempDir,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Waits for something that another process does.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

impl Process {
    /// On a new data directory and a free port.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments)
    }

    pub(crate) fn start_in(directory: tempfile::TempDir, arguments: &[&str]) -> Self {
        let output = std::fs::File::create(directory.path().join("stdout.txt")).unwrap();
        let log = std::fs::File::create(directory.path().join("log.txt")).unwrap();
        let mut child = Command::new(HALLPASS)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .current_dir(directory.path())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(log)
            .spawn()
            .unwrap();
        let pid = child.id();
        let data = directory.path().join("hallpass-data");
        wait_for("the server", || {
            let log = || std::fs::read_to_string(directory.path().join("log.txt")).unwrap();
            assert_eq!(child.try_wait().unwrap(), None, "the server ended: {}", log());
            // The file of a server that was killed names another process.
            listening::read(&data).filter(|listening| listening.pid == pid)
        });
        Self { child, directory }
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("hallpass-data")
    }

    pub(crate) fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).unwrap()
    }

    pub(crate) fn url(&self) -> String {
        listening::read(&self.data()).unwrap().url
    }

    pub(crate) fn root_key(&self) -> String {
        Credentials::read(&self.data().join(FILE_NAME)).unwrap().unwrap().root_key.expose().to_owned()
    }

    /// Posts JSON with the root key.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let answer = ureq::post(format!("{}{path}", self.url()))
            .header("authorization", format!("Bearer {}", self.root_key()))
            .header("content-type", "application/json")
            .send(body.to_string());
        let mut answer = answer.unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    }

    /// Runs a command beside the server, as its owner would.
    pub(crate) fn hallpass(&self, arguments: &[&str]) -> Run {
        self.hallpass_with(arguments, "")
    }

    /// Runs a command with something on its standard input.
    pub(crate) fn hallpass_with(&self, arguments: &[&str], input: &str) -> Run {
        run(self.directory.path(), arguments, &[], input)
    }

    /// SIGKILL: no chance to tidy up.
    pub(crate) fn kill(mut self) -> tempfile::TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.directory, tempfile::tempdir().unwrap())
    }

    /// SIGTERM.
    pub(crate) fn ask_to_stop(&self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
    }

    /// How it ended.
    pub(crate) fn wait(&mut self) -> std::process::ExitStatus {
        wait_for("the server to stop", || self.child.try_wait().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn run(directory: &Path, arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Run {
    let mut child = Command::new(HALLPASS)
        .args(arguments)
        .current_dir(directory)
        .env_remove("HALLPASS_KEY")
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // Written beside reading: a long input and a long output would otherwise wait for each other.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
