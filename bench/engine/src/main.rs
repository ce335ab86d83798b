//! Measures Hallpass beside a hand-written floor and beside its peers. Run it as `cargo xtask bench`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod callgrind;
mod conductor;
mod engines;
mod growth;
mod http;
mod in_process;
mod section;
mod table;
mod writes;

use anyhow::{Context, bail};
use section::Run;

/// All sections, in the order of the page.
pub(crate) const SECTIONS: [&str; 4] = ["in-process", "growth", "http", "writes"];

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["worker", engine] => engines::work(engine),
        ["grow", memberships, directory, rest @ ..] => growth::work(memberships, directory, rest.contains(&"--quick")),
        ["run", wanted @ ..] => run(wanted),
        _ => bail!("run this as `cargo xtask bench`"),
    }
}

/// Runs sections. The working directory is the checkout.
fn run(wanted: &[&str]) -> anyhow::Result<()> {
    let programs = std::env::current_exe()?.parent().context("a program lies in a directory")?.to_owned();
    let run = Run { root: std::env::current_dir()?, programs, quick: wanted.contains(&"--quick") };
    let named: Vec<&str> = wanted.iter().copied().filter(|word| *word != "--quick").collect();
    let mut failed = Vec::new();
    for section in if named.is_empty() { SECTIONS.to_vec() } else { named } {
        println!("\n=== {section}");
        let outcome = match section {
            "in-process" => in_process::run(&run),
            "growth" => growth::run(&run),
            "http" => http::run(&run),
            "writes" => writes::run(&run),
            _ => bail!("there is no section '{section}'; there are {}", SECTIONS.join(", ")),
        };
        // What the others find is not lost by it.
        if let Err(error) = outcome {
            println!("\n{section} failed: {error:#}");
            failed.push(section);
        }
    }
    if !failed.is_empty() {
        bail!("not all went well: {}; run these again by name", failed.join(", "));
    }
    Ok(())
}
