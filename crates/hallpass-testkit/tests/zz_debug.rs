mod side_by_side;
use hallpass_testkit::generate::Case;
use side_by_side::Pair;
#[test]
fn debug() {
    for seed in std::env::var("SEEDS").unwrap().split(',').map(|s| s.parse::<u64>().unwrap()) {
        let case = Case::from_seed(seed);
        let mut pair = Pair::new(&case.catalogue);
        'r: for round in &case.rounds {
            pair.offer_each(&round.changes);
            for question in &round.questions {
                let (engine, oracle) = pair.answers(question);
                if engine != oracle {
                    println!("seed {seed} engine {engine} oracle {oracle}\n{}", question.to_authzen());
                    let name = question.to_authzen()["action"]["name"].as_str().unwrap().to_owned();
                    let action = case.catalogue.actions.iter().find(|a| a.name == name).unwrap();
                    println!("{}", serde_json::to_string(action).unwrap());
                    println!("{}", serde_json::to_string(&case.catalogue.layers).unwrap());
                    println!("{:?}", case.catalogue.permissions.iter().map(|p| (&p.id, &p.layers, &p.contains)).collect::<Vec<_>>());
                    println!("{:?}", case.catalogue.exemptions);
                    println!("{}", serde_json::to_string(&case.catalogue.default_grants).unwrap());
                    question.ask(|q| println!("{}", serde_json::to_string(&pair.app.explain(q)).unwrap()));
                    break 'r;
                }
            }
        }
    }
}
