//! The command line: one file per command.

mod app;
mod backup;
mod check;
mod client;
mod compact;
mod explain;
mod import;
mod question;
mod serve;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Decides, for chat: may this subject perform this action on this resource, and why?
#[derive(Parser)]
#[command(name = "hallpass", version, about, after_help = "Exit status: 0 allowed (or done), 1 refused, 2 error.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve all faces from one data directory
    Serve(serve::Serve),
    /// Ask a running server for a decision
    Check(check::Check),
    /// Ask a running server why a decision comes out as it does
    Explain(explain::Explain),
    /// Make, list, re-key and delete apps
    App(app::App),
    /// Send facts in bulk, one JSON object a line
    Import(import::Import),
    /// Copy the data of a server, also while it runs
    Backup(backup::Backup),
    /// Shorten the change log and the file of a server that is stopped
    Compact(compact::Compact),
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Serve(serve) => serve.run(),
            Command::Check(check) => check.run(),
            Command::Explain(explain) => explain.run(),
            Command::App(app) => app.run(),
            Command::Import(import) => import.run(),
            Command::Backup(backup) => backup.run(),
            Command::Compact(compact) => compact.run(),
        }
    }
}
