//! The generated cases are worth something: a fault planted on one side is found.
//!
//! Each fault is a catalogue that a second oracle reads a little wrong. If no generated question notices, the generator asks the wrong questions,
//! and the agreement of engine and oracle says nothing about that part of the rule.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "in a test a surprise is a failure")]

mod side_by_side;

use hallpass::{ActionSpec, Catalogue, ChannelState, Condition, Exemptions, Holder, OwnerOf, Standing};
use hallpass_testkit::Oracle;
use hallpass_testkit::generate::Case;
use side_by_side::Pair;

/// A way to misread a catalogue.
type Fault = fn(&mut Catalogue);

/// A fault must be found within this many cases.
const CASES: u64 = 400;

/// Whether a question of the generated cases is answered otherwise by an oracle that reads the catalogue with this fault.
fn is_found(plant: impl Fn(&mut Catalogue)) -> bool {
    (0..CASES).any(|seed| {
        let case = Case::from_seed(seed);
        let mut faulty = case.catalogue.clone();
        plant(&mut faulty);
        if faulty == case.catalogue {
            return false;
        }
        let (mut pair, mut misread) = (Pair::new(&case.catalogue), Oracle::new(faulty));
        case.rounds.iter().any(|round| {
            let before = pair.taken.len();
            pair.offer_each(&round.changes);
            misread.apply(&pair.taken[before..]);
            round.questions.iter().any(|question| question.ask(|question| pair.oracle.check(question) != misread.check(question)))
        })
    })
}

fn each_action(catalogue: &mut Catalogue, plant: impl Fn(&mut ActionSpec)) {
    catalogue.actions.iter_mut().for_each(plant);
}

#[test]
fn a_condition_that_is_not_tested() {
    for condition in
        [Condition::Owner, Condition::SameTeam, Condition::Member, Condition::Access, Condition::OwnNamespace, Condition::Friends]
    {
        let found = is_found(|catalogue| {
            each_action(catalogue, |action| action.any_of.iter_mut().for_each(|way| way.when.retain(|tested| *tested != condition)));
        });
        assert!(found, "{condition:?}");
    }
}

#[test]
fn a_standing_that_does_not_refuse() {
    for standing in [Standing::Banned, Standing::Blocked, Standing::Frozen, Standing::Disabled, Standing::SlowMode] {
        let found = is_found(|catalogue| {
            each_action(catalogue, |action| {
                action.refused_when.remove(&standing);
            });
        });
        assert!(found, "{standing:?}");
    }
}

#[test]
fn an_exemption_that_lifts_nothing() {
    let lifts: [fn(&mut Exemptions); 3] =
        [|exemptions| exemptions.frozen = None, |exemptions| exemptions.disabled = None, |exemptions| exemptions.slow_mode = None];
    for (number, lift) in lifts.into_iter().enumerate() {
        assert!(is_found(|catalogue| lift(&mut catalogue.exemptions)), "exemption {number}");
    }
}

#[test]
fn a_holder_that_is_forgotten() {
    for holder in [Holder::UserRole, Holder::TeamRole, Holder::ChannelRole, Holder::ChannelOwner, Holder::Token, Holder::Client] {
        let found = is_found(|catalogue| {
            for layer in &mut catalogue.layers {
                layer.holders.retain(|held| *held != holder);
            }
        });
        assert!(found, "{holder:?}");
    }
}

#[test]
fn a_layer_that_is_forgotten() {
    for number in 0..3 {
        let found = is_found(|catalogue| {
            if number < catalogue.layers.len() && catalogue.layers.len() > 1 {
                catalogue.layers.remove(number);
            }
        });
        assert!(found, "layer {number}");
    }
}

#[test]
fn details_that_are_misread() {
    let faults: [(&str, Fault); 8] = [
        ("contained permissions are not held", |catalogue| catalogue.permissions.iter_mut().for_each(|spec| spec.contains.clear())),
        ("anonymous users write", |catalogue| catalogue.anonymous_role = None),
        ("nobody is in the group of everybody", |catalogue| catalogue.everybody_group = None),
        ("features do not matter", |catalogue| each_action(catalogue, |action| action.feature = None)),
        ("reading counts as writing", |catalogue| each_action(catalogue, |action| action.write = true)),
        ("every channel must exist", |catalogue| each_action(catalogue, |action| action.channel = ChannelState::Live)),
        ("ownership is always the channel's", |catalogue| each_action(catalogue, |action| action.owner = OwnerOf::Channel)),
        ("the demands of default grants are dropped", |catalogue| {
            for grant in
                catalogue.default_grants.values_mut().flat_map(|levels| levels.values_mut()).flat_map(|roles| roles.values_mut()).flatten()
            {
                grant.friends = false;
                grant.one_of.clear();
            }
        }),
    ];
    for (name, plant) in faults {
        assert!(is_found(plant), "{name}");
    }
}
