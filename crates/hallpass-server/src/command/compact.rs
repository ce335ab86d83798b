//! `hallpass compact`: a shorter change log, and a smaller file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use hallpass::Timestamp;
use hallpass_server::Clock;
use hallpass_store::{KeepLog, SqliteStore};
use serde_json::json;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

#[derive(Args)]
#[command(
    after_help = "The server must be stopped. Facts, documents and revisions stay as they are; only what the change feed tells of the past gets
shorter. A commit stays where either option asks for it, and so does the last one of each app. Without options the log stays whole, and
the file is written anew without unused room, with the owner and the mode that it has. Needs free room on the disk for a whole copy of the
file and for the new one. If it fails, nothing was taken out."
)]
pub(crate) struct Compact {
    /// The data directory
    #[arg(long, default_value = "./hallpass-data", env = "HALLPASS_DATA")]
    data: PathBuf,
    /// Keep the commits of the last so many days
    #[arg(long, value_name = "DAYS")]
    keep_days: Option<u64>,
    /// Keep the last so many commits of each app
    #[arg(long, value_name = "COMMITS")]
    keep_commits: Option<u64>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Compact {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let now = Clock::system().now().as_ms();
        let since = self.keep_days.map(|days| Timestamp(now.saturating_sub(days.saturating_mul(DAY_MS))));
        let done = SqliteStore::compact(&self.data, KeepLog { since, commits: self.keep_commits })?;
        if self.json {
            println!("{}", json!({"commits": done.commits, "bytes_before": done.bytes_before, "bytes_after": done.bytes_after}));
        } else {
            println!("{} commits taken out of the log; {} bytes before, {} now", done.commits, done.bytes_before, done.bytes_after);
        }
        Ok(ExitCode::SUCCESS)
    }
}
