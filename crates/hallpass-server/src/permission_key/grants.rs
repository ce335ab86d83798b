//! From the values of a gate's keys to the grants of the gate.

use hallpass::{Grant, OneOf};

use super::catalogue::{Demand, Layer, Spec, catalogue, rank, spec};
use super::setting::Settings;

/// The scope that nobody but itself reaches: the owner's.
const OWNER: &str = "owner";

/// The grants that a holder has of a gate: none where the gate is `deny`. `scope` is the holder, in the layer of scopes.
///
/// `listMessages` has keys in the layer of scopes, but no gate there: the members of a group hold it.
pub(super) fn of_gate(layer: Layer, scope: Option<&str>, gate: &str, settings: &Settings) -> Vec<Grant> {
    let word = |key: &str| {
        let set = settings.get(key).and_then(|setting| setting.word());
        set.or_else(|| spec(layer, key).and_then(|(_, in_layer)| in_layer.default_of(scope)))
    };
    if word(gate) == Some("deny") {
        return Vec::new();
    }
    let mut grant = Grant { permission: gate.to_owned(), friends: false, one_of: rank_of(gate, scope) };
    let mut groups_stay_open = false;
    for (spec, _) in catalogue(layer).filter(|(spec, _)| spec.gate() == gate) {
        match &spec.demand {
            Demand::Gate | Demand::Switch => {}
            Demand::Friends { groups_stay_open: open } => {
                if word(&spec.key) == Some("friends") {
                    grant.friends = true;
                    groups_stay_open = *open;
                }
            }
            Demand::List { attribute, if_present, except } => {
                grant.one_of.extend(among(spec, attribute, settings, *except, *if_present));
            }
            Demand::SwitchedList { attribute, switch } => {
                let except = word(switch) == Some("deny");
                grant.one_of.extend(among(spec, attribute, settings, except, !except));
            }
            Demand::OnDeny { attribute, except } => {
                if word(&spec.key) == Some("deny") {
                    grant.one_of.push(OneOf { attribute: attribute.clone(), values: except.clone(), except: true, if_present: false });
                }
            }
        }
    }
    if !groups_stay_open {
        return vec![grant];
    }
    let to_groups = OneOf { attribute: "receiver_type".to_owned(), values: vec!["group".to_owned()], except: false, if_present: false };
    let mut open = Grant { friends: false, ..grant.clone() };
    open.one_of.push(to_groups);
    vec![grant, open]
}

fn among(spec: &Spec, attribute: &str, settings: &Settings, except: bool, if_present: bool) -> Option<OneOf> {
    let values = settings.get(&spec.key).map(|setting| setting.list()).filter(|values| !values.is_empty())?;
    Some(OneOf { attribute: attribute.to_owned(), values: values.to_vec(), except, if_present })
}

/// Who may act on whom, which no key changes.
fn rank_of(gate: &str, scope: Option<&str>) -> Vec<OneOf> {
    let Some((rank, reached)) = rank(gate).and_then(|rank| Some((rank, rank.scopes.get(scope?)?))) else { return Vec::new() };
    let reaches = OneOf { attribute: rank.attribute.clone(), values: reached.clone(), except: false, if_present: rank.if_present };
    let spares = OneOf { attribute: rank.attribute.clone(), values: vec![OWNER.to_owned()], except: true, if_present: false };
    if rank.attribute == "resource.scope" { vec![reaches, spares] } else { vec![reaches] }
}

#[cfg(test)]
mod tests {
    use hallpass::{Level, Profile};

    use super::*;
    use crate::permission_key::setting::Setting;

    fn settings(pairs: &[(&str, &[&str])]) -> Settings {
        let value = |value: &[&str]| match value {
            [word] if ["deny", "friends"].contains(word) => Setting::Word((*word).to_owned()),
            list => Setting::List(list.iter().map(|item| (*item).to_owned()).collect()),
        };
        pairs.iter().map(|(key, list)| ((*key).to_owned(), value(list))).collect()
    }

    #[test]
    fn nothing_set_is_the_catalogues_default() {
        let profile = Profile::cometchat();
        let defaults = &profile.catalogue().default_grants;
        for scope in ["participant", "moderator", "admin"] {
            let held = &defaults["scope"][&Level::ChannelType("group".to_owned())][scope];
            for (spec, _) in catalogue(Layer::Scope) {
                let expected: Vec<Grant> = held.iter().filter(|grant| grant.permission == spec.gate()).cloned().collect();
                assert_eq!(of_gate(Layer::Scope, Some(scope), spec.gate(), &Settings::new()), expected, "{scope}: {}", spec.key);
            }
        }
        let held = &defaults["role"][&Level::App]["*"];
        for (spec, _) in catalogue(Layer::Role) {
            let expected: Vec<Grant> = held.iter().filter(|grant| grant.permission == spec.gate()).cloned().collect();
            assert_eq!(of_gate(Layer::Role, None, spec.gate(), &Settings::new()), expected, "{}", spec.key);
        }
    }

    #[test]
    fn friends_only_leaves_groups_open() {
        let grants = of_gate(Layer::Role, None, "sendMessage", &settings(&[("sendMessage.mode", &["friends"])]));
        let demands: Vec<(bool, usize)> = grants.iter().map(|grant| (grant.friends, grant.one_of.len())).collect();
        assert_eq!(demands, [(true, 0), (false, 1)]);
        let grants = of_gate(Layer::Role, None, "listUsers", &settings(&[("listUsers.mode", &["friends"])]));
        assert_eq!(grants.iter().map(|grant| grant.friends).collect::<Vec<_>>(), [true]);
    }

    #[test]
    fn a_list_of_mime_types_accepts_or_excepts() {
        let list: (&str, &[&str]) = ("sendMessage.mimeTypes", &["image/png"]);
        let accepts = of_gate(Layer::Scope, Some("admin"), "sendMessage", &settings(&[list]));
        assert_eq!((accepts[0].one_of[0].except, accepts[0].one_of[0].if_present), (false, true));
        let deny: (&str, &[&str]) = ("sendMessage.mimeTypeAccessControl", &["deny"]);
        let excepts = of_gate(Layer::Scope, Some("admin"), "sendMessage", &settings(&[list, deny]));
        assert_eq!((excepts[0].one_of[0].except, excepts[0].one_of[0].if_present), (true, false));
    }
}
