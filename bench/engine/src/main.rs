//! Measures Hallpass beside a hand-written floor and beside its peers. Run it as `cargo xtask bench`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod engines;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["worker", engine] => engines::work(engine),
        _ => anyhow::bail!("run this as `cargo xtask bench`"),
    }
}
