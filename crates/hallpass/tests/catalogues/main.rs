//! The built-in catalogues: whole, consistent, and accounting for everything that their vendors document.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

mod cometchat;
mod livechat;

use std::collections::{BTreeMap, BTreeSet};

use hallpass::{
    ANY_ROLE, ActionLevel, App, Catalogue, Change, Channel, Holder, LayerLevel, Profile, Question, Reason, Resource, RoleLevel, User,
};

/// The most permissions that a policy compiles.
const MAX_PERMISSIONS: usize = 512;

/// Permissions that no action asks for, with the reason.
const UNUSED: &[(&str, &str, &str)] = &[];

/// What the docs say of the profiles; their tables are checked here.
const DOCS: &str = include_str!("../../../../docs/catalogues.md");

fn stream() -> Catalogue {
    parse(include_str!("../../profiles/stream.json"))
}

fn cometchat() -> Catalogue {
    parse(include_str!("../../profiles/cometchat.json"))
}

fn livechat() -> Catalogue {
    parse(include_str!("../../profiles/livechat.json"))
}

fn parse(json: &str) -> Catalogue {
    serde_json::from_str(json).unwrap()
}

/// The helpdesk of the docs.
fn example() -> Catalogue {
    parse(DOCS.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the docs hold an example"))
}

/// All catalogues, the example of the docs included.
fn all() -> [Catalogue; 4] {
    [stream(), cometchat(), livechat(), example()]
}

fn permissions(catalogue: &Catalogue) -> BTreeSet<&str> {
    catalogue.permissions.iter().map(|permission| permission.id.as_str()).collect()
}

/// The ids in the default grants of a role.
fn held<'a>(catalogue: &'a Catalogue, layer: &str, level: &str, role: &str) -> BTreeSet<&'a str> {
    catalogue.default_grants[layer][&level.to_owned().into()][role].iter().map(|grant| grant.permission.as_str()).collect()
}

fn asked<'a>(catalogue: &'a Catalogue, action: &str) -> Vec<(Vec<&'a str>, String)> {
    let action = catalogue.actions.iter().find(|spec| spec.name == action).unwrap_or_else(|| panic!("no action {action}"));
    let ways = action.any_of.iter();
    ways.map(|way| (way.all.iter().map(String::as_str).collect(), serde_json::to_string(&way.when).unwrap().replace('"', ""))).collect()
}

/// The cells of the table in the docs that has this first line.
fn docs_table(header: &str) -> Vec<[String; 4]> {
    let rows = DOCS.lines().skip_while(|line| *line != header).skip(2).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| -> Vec<String> { line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    rows.map(|line| cells(line).try_into().unwrap_or_else(|_| panic!("four cells: {line}"))).collect()
}

#[test]
fn everything_named_exists() {
    for catalogue in all() {
        let profile = &catalogue.profile;
        let known = permissions(&catalogue);
        let layers: BTreeSet<&str> = catalogue.layers.iter().map(|layer| layer.name.as_str()).collect();
        let types: BTreeSet<&str> = catalogue.channel_types.iter().map(|spec| spec.name.as_str()).collect();
        let roles: BTreeSet<&str> = catalogue.roles.iter().map(|role| role.id.as_str()).chain([ANY_ROLE]).collect();
        let actions: BTreeSet<&str> = catalogue.actions.iter().map(|action| action.name.as_str()).collect();
        let features: BTreeSet<&str> = catalogue.features.iter().map(String::as_str).collect();

        assert!(known.len() <= MAX_PERMISSIONS, "{profile}: {} permissions", known.len());
        assert_eq!(known.len(), catalogue.permissions.len(), "{profile}: a permission is there twice");
        assert_eq!(actions.len(), catalogue.actions.len(), "{profile}: an action is there twice");
        assert!(types.contains(catalogue.channel_type_template.as_str()), "{profile}: template");
        for permission in &catalogue.permissions {
            for other in &permission.contains {
                assert!(known.contains(other.as_str()) && *other != permission.id, "{profile}: {} contains {other}", permission.id);
            }
            for layer in &permission.layers {
                assert!(layers.contains(layer.as_str()), "{profile}: {} is in the layer {layer}", permission.id);
            }
        }
        for action in &catalogue.actions {
            assert!(action.any_of.len() <= 64, "{profile}: {}", action.name);
            for permission in action.any_of.iter().flat_map(|way| &way.all) {
                assert!(known.contains(permission.as_str()), "{profile}: {} asks for {permission}", action.name);
            }
            if let Some(feature) = &action.feature {
                assert!(features.contains(feature.as_str()), "{profile}: {} needs the feature {feature}", action.name);
            }
        }
        for feature in catalogue.channel_types.iter().flat_map(|spec| &spec.features_off) {
            assert!(features.contains(feature.as_str()), "{profile}: {feature} is off");
        }
        for exempt in [&catalogue.exemptions.frozen, &catalogue.exemptions.disabled, &catalogue.exemptions.slow_mode].into_iter().flatten()
        {
            assert!(actions.contains(exempt.as_str()), "{profile}: {exempt} is an exemption");
        }
        for (layer, levels) in &catalogue.default_grants {
            assert!(layers.contains(layer.as_str()), "{profile}: default grants of the layer {layer}");
            for (level, holders) in levels {
                assert!(
                    *level == hallpass::Level::App || types.contains(level.to_string().as_str()),
                    "{profile}: default grants at {level}"
                );
                for (role, grants) in holders {
                    assert!(roles.contains(role.as_str()), "{profile}: {role} holds grants");
                    for grant in grants {
                        let id = grant.permission.as_str();
                        let spec = catalogue.permissions.iter().find(|spec| spec.id == id);
                        let spec = spec.unwrap_or_else(|| panic!("{profile}: {role} holds {id}"));
                        assert!(spec.layers.is_empty() || spec.layers.contains(layer), "{profile}: {role} holds {id} in {layer}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_engine_takes_them_as_they_are() {
    for name in ["stream", "cometchat", "livechat"] {
        assert!(Profile::built_in(name).is_some(), "{name}");
    }
    for catalogue in all() {
        let profile = catalogue.profile.clone();
        assert!(Profile::custom(catalogue).is_ok(), "{profile}");
    }
}

#[test]
fn the_example_of_the_docs_does_what_it_says() {
    let app = App::new(Profile::custom(example()).unwrap());
    let ticket = Channel { owner: Some("carla".to_owned()), ..Channel::new("ticket:1".parse().unwrap()) };
    let user = |id: &str, roles: &[&str]| {
        Change::UserPut(User { id: id.to_owned(), roles: roles.iter().map(|&role| role.to_owned()).collect(), ..User::default() })
    };
    app.apply(&[user("carla", &[]), user("carl", &[]), user("anton", &["agent"]), Change::ChannelPut(ticket)]).unwrap();

    let ask = |who, action| app.check(&Question::new(who, action, Resource::channel("ticket:1"))).reason;
    assert_eq!([ask("anton", "ReadTicket"), ask("anton", "Answer")], [Reason::Granted; 2]);
    assert_eq!([ask("carla", "ReadTicket"), ask("carla", "Answer")], [Reason::Granted; 2]);
    assert_eq!([ask("carl", "ReadTicket"), ask("carl", "Answer")], [Reason::ConditionFailed; 2]);
}

#[test]
fn every_permission_is_of_use() {
    for catalogue in all() {
        let used: BTreeSet<&str> =
            catalogue.actions.iter().flat_map(|action| &action.any_of).flat_map(|way| &way.all).map(String::as_str).collect();
        let excepted = UNUSED.iter().filter(|(profile, ..)| *profile == catalogue.profile).map(|(_, id, _)| *id).collect();
        let unused: BTreeSet<&str> = permissions(&catalogue).difference(&used).copied().collect();
        assert_eq!(unused, excepted, "{}", catalogue.profile);
    }
}

#[test]
fn every_way_counts_somewhere_and_lies_where_its_grants_lie() {
    for catalogue in all() {
        let layers_of: BTreeMap<&str, Vec<&str>> = catalogue
            .permissions
            .iter()
            .map(|permission| {
                let every = catalogue.layers.iter().map(|layer| layer.name.as_str());
                (
                    permission.id.as_str(),
                    every.filter(|layer| permission.layers.is_empty() || permission.layers.iter().any(|l| l == layer)).collect(),
                )
            })
            .collect();
        for action in &catalogue.actions {
            for way in &action.any_of {
                let common =
                    catalogue.layers.iter().filter(|layer| way.all.iter().all(|id| layers_of[id.as_str()].contains(&layer.name.as_str())));
                let common: Vec<_> = common.collect();
                assert!(!common.is_empty(), "{}: {} has a way that counts in no layer: {:?}", catalogue.profile, action.name, way.all);
                let in_channels = common.iter().all(|layer| layer.level == LayerLevel::Channel);
                assert!(!in_channels || action.level != ActionLevel::App, "{}: {} is about no channel", catalogue.profile, action.name);
            }
        }
    }
}

#[test]
fn one_default_role_per_level() {
    for catalogue in all() {
        for level in [RoleLevel::User, RoleLevel::Channel] {
            let defaults = catalogue.roles.iter().filter(|role| role.default && role.level == level).count();
            assert_eq!(defaults, 1, "{}: {level:?}", catalogue.profile);
        }
        let derived: Vec<&str> =
            catalogue.roles.iter().filter(|role| role.level == RoleLevel::Derived).map(|role| role.id.as_str()).collect();
        assert_eq!(derived, catalogue.owner_role.as_deref().into_iter().collect::<Vec<_>>(), "{}", catalogue.profile);
        let owns = catalogue.layers.iter().any(|layer| layer.holders.contains(&Holder::ChannelOwner));
        assert_eq!(owns, catalogue.owner_role.is_some(), "{}", catalogue.profile);
    }
}

#[test]
fn the_size_of_each_catalogue() {
    let sizes = [cometchat(), livechat()].map(|catalogue| (catalogue.permissions.len(), catalogue.actions.len()));
    assert_eq!(sizes, [(83, 52), (111, 158)]);
}
