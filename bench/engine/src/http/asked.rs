//! What is asked over HTTP: the questions of the data set one by one, and fifty of one user at once.

use bench_dataset::{ACTIONS, Question, SplitMix64, World, questions};

/// Different bodies in rotation.
pub(crate) const SINGLES: usize = 8_192;
/// Different batches in rotation.
pub(crate) const BATCHES: usize = 256;
/// Questions of a batch: one user, who opens a client and sees fifty things.
pub(crate) const BATCH: usize = 50;

/// Everything that is asked.
pub(crate) struct Asked {
    pub(crate) singles: Vec<Question>,
    pub(crate) batches: Vec<Vec<Question>>,
}

impl Asked {
    pub(crate) fn new(world: &World) -> Self {
        let singles = questions(world, SINGLES);
        let mut random = SplitMix64::new(8);
        let batches = singles[..BATCHES].iter().map(|first| {
            let user = first.user;
            let others = (1..BATCH).map(|_| {
                let other = random.below(world.users.len()) as u32;
                let owner = if random.percent(30) { user } else { other };
                Question { user, channel: random.below(world.channels.len()) as u32, action: random.below(ACTIONS), owner }
            });
            std::iter::once(*first).chain(others).collect()
        });
        let batches = batches.collect();
        Self { singles, batches }
    }
}
