//! Other authorization engines on the benchmark's questions, each in its best modelling. Started by the conductor in `bench/engine`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod casbin;
mod cedar;
mod rego;

use bench_dataset::serve;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["worker", "casbin"] => serve::<casbin::PerScope>(),
        ["worker", "cedar"] => serve::<cedar::PerType>(),
        ["worker", "regorus"] => serve::<rego::Machine>(),
        _ => anyhow::bail!("run this as `cargo xtask bench`"),
    }
}
