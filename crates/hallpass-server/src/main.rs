//! `hallpass`: serves, and asks a server that runs. Exit status: 0 allowed (or done), 1 refused, 2 error.
#![forbid(unsafe_code)]

mod command;

use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Status of an error; 1 is a refusal.
const ERROR: u8 = 2;

fn main() -> ExitCode {
    let arguments = match command::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => {
            // Help and version are no errors.
            let status = if usage.use_stderr() { ExitCode::from(ERROR) } else { ExitCode::SUCCESS };
            let _ = usage.print();
            return status;
        }
    };
    match arguments.run() {
        Ok(status) => status,
        Err(error) => {
            eprintln!("hallpass: {error:#}");
            ExitCode::from(ERROR)
        }
    }
}
