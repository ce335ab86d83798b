//! `hallpass backup`: a copy of the data, also while the server runs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use hallpass_store::SqliteStore;
use serde_json::json;

#[derive(Args)]
#[command(
    after_help = "The copy is one file, consistent as of one moment. To restore it, stop the server, move the old data directory aside, put the
copy into a new one as hallpass.db with the old credentials.json beside it, and start the server on that."
)]
pub(crate) struct Backup {
    /// The file to write; it must not exist
    to: PathBuf,
    /// The data directory to copy
    #[arg(long, default_value = "./hallpass-data", env = "HALLPASS_DATA")]
    data: PathBuf,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Backup {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        SqliteStore::backup_of(&self.data, &self.to)?;
        let bytes = std::fs::metadata(&self.to)?.len();
        if self.json {
            println!("{}", json!({"file": self.to, "bytes": bytes}));
        } else {
            println!("{} written, {bytes} bytes", self.to.display());
        }
        Ok(ExitCode::SUCCESS)
    }
}
