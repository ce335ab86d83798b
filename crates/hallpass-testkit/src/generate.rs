//! Small adversarial apps from a seed: a catalogue, commits and questions, about few enough names that they meet.
//!
//! What comes out is not all valid: a commit may name a role that does not exist, put a permission at the wrong level, or ban somebody unknown.
//! Whoever runs a case offers each commit to the engine and drops those that it refuses, so that the generator need not know what valid is.

mod catalogue;
mod chance;
mod facts;
mod policy;
mod questions;
mod vocabulary;

use hallpass::{Catalogue, Change};

use crate::catalogues;
use crate::owned_question::OwnedQuestion;
use chance::Chance;
use vocabulary::Vocabulary;

/// How a case is asked: this many questions after the founding, and half as many after each later round of changes.
const QUESTIONS: usize = 12;
/// Rounds of changes after the founding.
const ROUNDS: usize = 2;

/// The profiles that cases are about, in turn: the built-in ones and invented catalogues.
pub const PROFILES: [&str; 4] = ["stream", "cometchat", "livechat", "invented"];

/// One generated app with questions.
#[derive(Debug, Clone)]
pub struct Case {
    /// What made it.
    pub seed: u64,
    /// One of [`PROFILES`].
    pub profile: &'static str,
    /// Its catalogue.
    pub catalogue: Catalogue,
    /// Changes and questions, in turn.
    pub rounds: Vec<Round>,
}

/// Some changes, and what is asked after them.
#[derive(Debug, Clone)]
pub struct Round {
    /// Each to be committed by itself; the engine may refuse some.
    pub changes: Vec<Change>,
    /// To be asked afterwards.
    pub questions: Vec<OwnedQuestion>,
}

impl Case {
    /// The case of a seed; always the same.
    ///
    /// # Panics
    /// When a built-in catalogue cannot be read.
    pub fn from_seed(seed: u64) -> Self {
        Self::with_rounds(seed, ROUNDS, QUESTIONS)
    }

    /// A case that goes on for many rounds of changes, with `questions` to ask after the founding (and half as many after each round).
    ///
    /// # Panics
    /// When a built-in catalogue cannot be read.
    pub fn with_rounds(seed: u64, rounds: usize, questions: usize) -> Self {
        let mut chance = Chance::from_seed(seed);
        let profile = PROFILES.get(usize::try_from(seed % 4).unwrap_or(0)).copied().unwrap_or("invented");
        let everyday = seed / 4 % 2 == 1;
        let catalogue = catalogues::built_in(profile).unwrap_or_else(|| catalogue::invent(everyday, &mut chance));
        let words = Vocabulary::choose(catalogue.clone(), everyday, &mut chance);
        let mut founding = policy::found(&words, &mut chance);
        founding.extend(facts::found(&words, &mut chance));
        let mut all = vec![Round { changes: founding, questions: ask(&words, &mut chance, questions) }];
        for _ in 0..rounds {
            let changes = (0..chance.between(1, 4)).map(|_| later_change(&words, &mut chance)).collect();
            all.push(Round { changes, questions: ask(&words, &mut chance, questions / 2) });
        }
        Self { seed, profile, catalogue, rounds: all }
    }
}

fn ask(words: &Vocabulary, chance: &mut Chance, count: usize) -> Vec<OwnedQuestion> {
    (0..count).map(|_| questions::ask(words, chance)).collect()
}

fn later_change(words: &Vocabulary, chance: &mut Chance) -> Change {
    match chance.below(6) {
        0 => policy::removal(words, chance),
        1 | 2 => policy::change(words, chance),
        _ => facts::change(words, chance),
    }
}
