//! The engines that this program measures itself.

mod floor;
mod hallpass;
pub(crate) mod policy;

use bench_dataset::{ACTIONS, Question, World, serve};

pub(crate) use floor::{Floor, FloorStrings, Named, Parts, member_key};
pub(crate) use hallpass::{HandleBatches, Handles, NOW, StringBatches, Strings, asks};

/// Allowed actions as bits: towards somebody else's, then towards one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowed(pub(crate) u32);

fn for_all_actions(mut allowed: impl FnMut(usize, bool) -> bool) -> Allowed {
    let mut bits = 0;
    for action in 0..ACTIONS {
        bits |= u32::from(allowed(action, false)) << action | u32::from(allowed(action, true)) << (ACTIONS + action);
    }
    Allowed(bits)
}

/// How many sets of capabilities differ from the rule asked action by action.
fn wrong_capabilities(world: &World, asked: &[Question], mut answer: impl FnMut(usize) -> Allowed) -> usize {
    let right = |question: &Question| {
        for_all_actions(|action, own| {
            let owner = if own { question.user } else { (question.user + 1) % world.users.len() as u32 };
            Question { action, owner, ..*question }.allowed(world)
        })
    };
    asked.iter().enumerate().filter(|(number, question)| answer(*number) != right(question)).count()
}

/// Serves one engine over standard input and output.
pub(crate) fn work(name: &str) -> anyhow::Result<()> {
    match name {
        "floor-handles" => serve::<Floor>(),
        "floor-strings" => serve::<floor::FloorStrings>(),
        "floor-capabilities" => serve::<floor::FloorCapabilities>(),
        "hallpass-handles" => serve::<hallpass::Handles>(),
        "hallpass-strings" => serve::<hallpass::Strings>(),
        "hallpass-handles-batch" => serve::<HandleBatches>(),
        "hallpass-strings-batch" => serve::<StringBatches>(),
        "hallpass-capabilities" => serve::<hallpass::WholeSets>(),
        "hallpass-explain" => serve::<hallpass::Explained>(),
        _ => anyhow::bail!("there is no engine '{name}'"),
    }
}
