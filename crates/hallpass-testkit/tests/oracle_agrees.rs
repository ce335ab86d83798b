//! placeholder while the engine is being written
use hallpass_testkit::Oracle;
use hallpass_testkit::generate::Case;
use std::collections::BTreeMap;

#[test]
fn spread() {
    let mut by: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for seed in 0..800 {
        let case = Case::from_seed(seed);
        let mut oracle = Oracle::new(case.catalogue.clone());
        for round in &case.rounds {
            oracle.apply(&round.changes);
            for q in &round.questions {
                *by.entry((case.profile, q.ask(|q| oracle.check(q)).reason.code())).or_default() += 1;
            }
        }
    }
    for (k, v) in by {
        println!("{k:?} {v}");
    }
}
