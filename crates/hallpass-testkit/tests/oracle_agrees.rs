//! Engine against oracle, over generated apps.
//!
//! Every failure names its seed; `HALLPASS_SEED=17 cargo test -p hallpass-testkit --test oracle_agrees` runs that one alone, and
//! `HALLPASS_CASES=100000` runs more of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "in a test a surprise is a failure")]

mod side_by_side;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use hallpass::{Ask, Change, Extent, Owner, Question, Resource, Subject, Timestamp};
use hallpass_testkit::generate::{Case, PROFILES};
use hallpass_testkit::oracle::Reach;
use hallpass_testkit::{Expected, OwnedQuestion};
use side_by_side::{Pair, profile, shrink, verdict};

/// How many cases a normal run looks at. Each asks 24 questions.
const CASES: u64 = 480;
/// How many (policy, world, question) triples a normal run must have compared.
const ENOUGH: usize = 10_000;
/// How many differences of one kind are shrunk and told.
const TOLD: usize = 12;

fn seeds() -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("HALLPASS_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("HALLPASS_CASES").unwrap_or(CASES)).collect(),
    }
}

/// Runs every `step`th case; `look` is called after each round of changes.
fn each_round(step: usize, mut look: impl FnMut(&Case, &Pair, &[OwnedQuestion])) {
    for seed in seeds().into_iter().step_by(step) {
        let case = Case::from_seed(seed);
        let mut pair = Pair::new(&case.catalogue);
        for round in &case.rounds {
            pair.offer_each(&round.changes);
            look(&case, &pair, &round.questions);
        }
    }
}

/// Collects differences, one of each kind, so that one fault does not hide the others.
#[derive(Default)]
struct Differences {
    kinds: BTreeSet<String>,
    report: String,
}

impl Differences {
    fn tell(&mut self, case: &Case, pair: &Pair, kind: String, what: &str, differ: impl Fn(&Pair) -> bool) {
        if self.kinds.len() >= TOLD || !self.kinds.insert(kind.clone()) {
            return;
        }
        let changes = shrink(&case.catalogue, &pair.taken, differ);
        let lines: Vec<String> = changes.iter().map(|change| serde_json::to_string(change).unwrap()).collect();
        writeln!(self.report, "\nseed {} ({}): {kind}\n  {what}\n  after\n    {}", case.seed, case.profile, lines.join("\n    ")).unwrap();
    }

    fn assert_none(self) {
        assert!(self.report.is_empty(), "{}", self.report);
    }
}

#[test]
fn every_decision_and_its_reason_is_the_oracles() {
    let mut differences = Differences::default();
    let mut seen: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let (mut asked, mut taken, mut refused) = (0, 0, 0);
    each_round(1, |case, pair, questions| {
        (taken, refused) = (taken + pair.taken.len(), refused + pair.refused);
        for question in questions {
            let (engine, oracle) = pair.answers(question);
            asked += 1;
            *seen.entry(case.profile).or_default().entry(oracle.reason.code()).or_default() += 1;
            if engine != oracle {
                let kind = format!("{}: engine {engine}, oracle {oracle}", case.profile);
                differences.tell(case, pair, kind, &question.to_authzen().to_string(), |pair| {
                    let (engine, oracle) = pair.answers(question);
                    engine != oracle
                });
            }
        }
    });
    differences.assert_none();
    if seeds().len() as u64 >= CASES {
        assert!(asked >= ENOUGH, "only {asked} questions were asked");
        assert!(taken > refused * 4, "the engine refused {refused} changes and took {taken}");
        assert_eq!(seen.len(), PROFILES.len());
        for (profile, reasons) in seen {
            assert!(reasons["granted"] > 100, "{profile}: {reasons:?}");
            assert!(reasons.len() > 12, "{profile}: {reasons:?}");
            // Tokens, clients and roles each refuse now and then, and so does what lies out of a scope's reach.
            let by_scopes = ["scope_missing", "client_scope_missing", "role_layer_denied", "condition_failed", "unknown_token"];
            for reason in by_scopes.into_iter().filter(|_| profile == "livechat") {
                assert!(reasons.get(reason).is_some_and(|seen| *seen >= 10), "{profile}: {reason}: {reasons:?}");
            }
        }
    }
}

#[test]
fn a_batch_says_what_its_questions_say() {
    fn batch(app: &hallpass::App, rest: &[OwnedQuestion], asked: &[Question<'_>]) -> Vec<hallpass::Decision> {
        match rest.split_first() {
            Some((first, rest)) => first.ask(|question| batch(app, rest, &[asked, &[*question]].concat())),
            None => app.check_batch(asked),
        }
    }
    each_round(3, |case, pair, questions| {
        let alone: Vec<_> = questions.iter().map(|question| question.ask(|question| pair.app.check(question))).collect();
        for (together, alone) in questions.chunks(7).zip(alone.chunks(7)) {
            assert_eq!(batch(&pair.app, together, &[]), alone, "seed {}", case.seed);
        }
    });
}

#[test]
fn an_explanation_says_what_the_check_says() {
    let mut differences = Differences::default();
    each_round(3, |case, pair, questions| {
        for question in questions {
            let agree = |pair: &Pair| {
                question.ask(|question| {
                    let (check, explanation) = (pair.app.check(question), pair.app.explain(question));
                    let told = Expected { allowed: explanation.decision.allowed, reason: explanation.decision.reason };
                    verdict(check) == told
                        && explanation.decision.revision == check.revision
                        && (!check.allowed || explanation.remedies.is_empty())
                })
            };
            if !agree(pair) {
                let told = question.ask(|question| (pair.app.check(question), pair.app.explain(question).decision));
                let kind = format!("{}: {}, {}", case.profile, told.0, told.1.reason);
                differences.tell(case, pair, kind, &question.to_authzen().to_string(), |pair| !agree(pair));
            }
        }
    });
    differences.assert_none();
}

#[test]
fn every_remedy_helps() {
    let mut differences = Differences::default();
    let mut tried = 0;
    each_round(1, |case, pair, questions| {
        for question in questions.iter().step_by(3) {
            let remedies = question.ask(|question| pair.app.explain(question).remedies);
            for (number, remedy) in remedies.iter().enumerate() {
                tried += 1;
                let fails = |pair: &Pair| {
                    let Some(remedy) = question.ask(|question| pair.app.explain(question).remedies.into_iter().nth(number)) else {
                        return false;
                    };
                    let mut repaired = pair.again(&case.catalogue);
                    !repaired.offer(&remedy.changes) || !repaired.answers(question).0.allowed
                };
                if fails(pair) {
                    let repaired = pair.again(&case.catalogue);
                    let applied = repaired.app.apply(&remedy.changes).map_err(|error| error.to_string());
                    let now = question.ask(|question| repaired.app.check(question));
                    let before = question.ask(|question| pair.app.check(question));
                    let kind = format!("{}: a remedy for {} did not help", case.profile, before.reason);
                    let what = format!(
                        "{}\n  remedy {:?}: {:?}\n  applied: {applied:?}, then {now}",
                        question.to_authzen(),
                        remedy.text,
                        remedy.changes
                    );
                    differences.tell(case, pair, kind, &what, fails);
                }
            }
        }
    });
    differences.assert_none();
    assert!(tried > 200 || seeds().len() == 1, "only {tried} remedies were tried");
}

#[test]
fn capabilities_say_what_the_checks_say() {
    let mut differences = Differences::default();
    let mut compared = 0;
    each_round(3, |case, pair, questions| {
        for question in questions.iter().step_by(4) {
            let kind = question.resource.kind == "channel";
            if !kind {
                continue;
            }
            let unequal = |pair: &Pair| {
                question.ask(|question| {
                    let engine = pair.app.capabilities(&question.subject, &question.resource, question.now);
                    let oracle = pair.oracle.capabilities(&question.subject, &question.resource, question.now);
                    let named: BTreeMap<String, Reach> = engine.iter().map(|(action, extent)| (action.to_owned(), reach(extent))).collect();
                    let different = oracle.iter().find(|(action, reach)| named.get(*action) != Some(*reach));
                    let different = different.map(|(action, reach)| format!("{action}: engine {:?}, oracle {reach:?}", named.get(action)));
                    (oracle.len(), different.or((named.len() != oracle.len()).then(|| "engine names other actions".to_owned())))
                })
            };
            let (count, different) = unequal(pair);
            compared += count;
            if let Some(what) = different {
                let kind = format!("{}: {}", case.profile, what.split(": ").last().unwrap_or_default());
                let what = format!("{what}\n  {}", question.to_authzen());
                differences.tell(case, pair, kind, &what, |pair| unequal(pair).1.is_some());
            }
        }
    });
    differences.assert_none();
    assert!(compared > ENOUGH || seeds().len() == 1, "only {compared} capabilities were compared");
}

#[test]
fn handles_are_answered_like_names() {
    let mut differences = Differences::default();
    let mut compared = 0;
    each_round(3, |case, pair, questions| {
        let (mut asks, mut alone) = (Vec::new(), Vec::new());
        for question in questions {
            let named = OwnedQuestion {
                subject: hallpass_testkit::OwnedSubject::user(&question.subject.user),
                action: question.action.clone(),
                now: question.now,
                ..OwnedQuestion::default()
            };
            let channel = question.resource.channel.clone().unwrap_or_else(|| question.resource.id.clone());
            let owner = question.resource.owner.clone();
            let answers = |pair: &Pair| {
                let app = &pair.app;
                let ask = Ask {
                    subject: app.subject(&named.subject.user)?,
                    action: app.action(&named.action)?,
                    channel: Some(app.channel_handle(&channel)?),
                    owner: match &owner {
                        Some(owner) => Owner::User(app.subject(owner)?),
                        None => Owner::Other,
                    },
                    now: named.now,
                };
                let resource = Resource { owner: owner.as_deref(), ..Resource::within("", "", &channel) };
                let by_name = app.check(&Question::new(&named.subject.user, &named.action, resource).at(named.now));
                Some((ask, app.ask(&ask), by_name))
            };
            let Some((ask, by_handle, by_name)) = answers(pair) else { continue };
            compared += 1;
            asks.push(ask);
            alone.push(by_handle);
            if by_handle != by_name {
                let kind = format!("{}: by handle {}, by name {}", case.profile, by_handle.reason, by_name.reason);
                let what = format!("{} {} in {channel}, owner {owner:?}", named.subject.user, named.action);
                differences.tell(case, pair, kind, &what, |pair| answers(pair).is_some_and(|(_, handle, name)| handle != name));
            }
        }
        assert_eq!(pair.app.ask_batch(&asks), alone, "seed {}", case.seed);
    });
    differences.assert_none();
    assert!(compared > 1_000 || seeds().len() == 1, "only {compared} questions were asked by handle");
}

#[test]
fn handles_of_another_app_are_unknown() {
    let case = Case::from_seed(0);
    let (mut mine, mut other) = (Pair::new(&case.catalogue), Pair::new(&case.catalogue));
    let ana = [Change::UserPut(hallpass::User { id: "ana".into(), ..hallpass::User::default() })];
    assert!(mine.offer(&ana) && other.offer(&ana));
    let (subject, action) = (mine.app.subject("ana").unwrap(), mine.app.action("SearchUser").unwrap());
    let ask = Ask { subject, action, channel: None, owner: Owner::Other, now: Timestamp(0) };
    assert!(mine.app.ask(&ask).allowed);
    assert_eq!(other.app.ask(&ask).reason, hallpass::Reason::UnknownSubject);
}

#[test]
fn what_was_committed_elsewhere_is_the_same_world() {
    let mut differences = Differences::default();
    each_round(3, |case, pair, questions| {
        let replica = hallpass::App::new(profile(&case.catalogue));
        replica.apply_committed(pair.app.revision(), &pair.taken);
        for question in questions.iter().step_by(2) {
            let (mine, theirs) = question.ask(|question| (pair.app.check(question), replica.check(question)));
            if mine != theirs {
                let kind = format!("{}: written {mine}, replayed {theirs}", case.profile);
                differences.tell(case, pair, kind, &question.to_authzen().to_string(), |_| true);
            }
        }
    });
    differences.assert_none();
}

fn reach(extent: Extent) -> Reach {
    match extent {
        Extent::None => Reach::None,
        Extent::Own => Reach::Own,
        Extent::Any => Reach::Any,
    }
}

#[test]
fn a_subject_of_the_app_may_do_everything() {
    let case = Case::from_seed(0);
    let pair = Pair::new(&case.catalogue);
    let all = pair.app.capabilities(&Subject::app(), &Resource::channel("messaging:a").hypothetical(), Timestamp(0));
    assert!(all.iter().all(|(_, extent)| extent == Extent::Any));
}
