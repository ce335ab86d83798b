//! CometChat's catalogue: every key and feature of the vendor's, the defaults of the scopes, and rank.

use std::collections::BTreeSet;

use hallpass::Grant;

use super::{cometchat, docs_table, held, permissions};

/// The rows of the table of keys in the docs: key, layers, permission, demand.
fn keys() -> Vec<[String; 4]> {
    let rows = docs_table("| key | layers | permission | demand |").into_iter();
    rows.map(|[key, layers, permission, demand]| {
        [key.trim_matches('`').to_owned(), layers, permission.trim_matches('`').to_owned(), demand]
    })
    .collect()
}

#[test]
fn accounts_for_every_key() {
    let catalogue = cometchat();
    let rows = keys();
    let names: BTreeSet<&str> = rows.iter().map(|[key, ..]| key.as_str()).collect();
    let in_layer = |layer: &str| rows.iter().filter(|[_, layers, ..]| layers.split(", ").any(|name| name == layer)).count();
    assert_eq!((rows.len(), names.len(), in_layer("role"), in_layer("scope")), (82, 82, 65, 42));

    const ATTRIBUTES: [&str; 13] = [
        "`friends: true`",
        "`resource.role`",
        "`resource.scope`",
        "`subject.scope`",
        "`receiver_type`",
        "`message_category`",
        "`message_type`",
        "`custom_type`",
        "`mime_type`",
        "`group_type`",
        "`call_type`",
        "`given_scope`",
        "`history`",
    ];
    for [key, layers, permission, demand] in &rows {
        let spec = catalogue.permissions.iter().find(|spec| spec.id == *permission).unwrap_or_else(|| panic!("{key}: no {permission}"));
        for layer in layers.split(", ") {
            assert!(spec.layers.iter().any(|known| known == layer), "{key} is of the layer {layer}, {permission} is not");
        }
        if key == permission {
            assert_eq!(demand, "the gate itself", "{key}");
            // The one gate that carries demands in a layer in which it is no key.
            let expected = if key == "listMessages" { "role, scope" } else { layers };
            assert_eq!(spec.layers.join(", "), expected, "{key}");
        } else {
            assert_eq!(key.split('.').next(), Some(permission.as_str()), "{key}");
            assert!(ATTRIBUTES.iter().any(|attribute| demand.starts_with(attribute)), "{key}: {demand}");
        }
    }
    let gates: BTreeSet<&str> = names.iter().copied().filter(|key| !key.contains('.')).collect();
    assert_eq!(gates.len(), 35);
    let built_in = BTreeSet::from(["membership", "changeScope", "moderateMessages", "transferOwnership"]);
    let others: BTreeSet<&str> = permissions(&catalogue).into_iter().filter(|id| !id.starts_with("u.") && !gates.contains(id)).collect();
    assert_eq!(others, built_in);
    let unlisted: BTreeSet<&str> = catalogue.permissions.iter().filter(|spec| spec.unlisted).map(|spec| spec.id.as_str()).collect();
    assert_eq!(unlisted, built_in);
}

#[test]
fn features_live_in_their_layer_and_are_held_by_all() {
    let catalogue = cometchat();
    let features: BTreeSet<&str> = permissions(&catalogue).into_iter().filter(|id| id.starts_with("u.")).collect();
    assert_eq!(features.len(), 44);
    for spec in &catalogue.permissions {
        let own_layer = spec.layers == ["restricted_features"];
        assert_eq!(own_layer, features.contains(spec.id.as_str()), "{}", spec.id);
    }
    assert_eq!(held(&catalogue, "restricted_features", ".app", "*"), features);
    let in_role =
        catalogue.permissions.iter().filter(|spec| spec.layers.iter().any(|layer| layer == "role")).map(|spec| spec.id.as_str()).collect();
    assert_eq!(held(&catalogue, "role", ".app", "*"), in_role);
}

#[test]
fn scopes_start_with_what_the_vendor_documents() {
    let catalogue = cometchat();
    let everybody = [
        "leaveGroup",
        "listMembers",
        "sendMessage",
        "editMessage",
        "deleteMessage",
        "listThreadedMessages",
        "sendThreadedMessage",
        "editThreadedMessage",
        "deleteThreadedMessage",
        "listReactions",
        "addReaction",
        "initiateCall",
        "joinCall",
        "listMessages",
        "membership",
    ];
    let moderators = ["kickMembers", "listBannedUsers", "ban", "unban", "changeScope", "moderateMessages"];
    let admins = ["editGroup", "addMembers"];
    let owners = ["deleteGroup", "transferOwnership"];
    let mut expected = BTreeSet::from(everybody);
    assert_eq!(held(&catalogue, "scope", "group", "participant"), expected);
    expected.extend(moderators);
    assert_eq!(held(&catalogue, "scope", "group", "moderator"), expected);
    expected.extend(admins);
    assert_eq!(held(&catalogue, "scope", "group", "admin"), expected);
    expected.extend(owners);
    assert_eq!(held(&catalogue, "scope", "group", "owner"), expected);
    let in_scope =
        catalogue.permissions.iter().filter(|spec| spec.layers.iter().any(|layer| layer == "scope")).map(|spec| spec.id.as_str()).collect();
    assert_eq!(expected, in_scope, "the owner holds all");
}

#[test]
fn rank_stands_in_the_default_grants() {
    let catalogue = cometchat();
    let grants = &catalogue.default_grants["scope"][&"group".to_owned().into()];
    for (role, demanding) in [
        ("participant", vec![]),
        ("moderator", vec!["ban", "changeScope", "kickMembers"]),
        ("admin", vec!["ban", "changeScope", "kickMembers"]),
        ("owner", vec![]),
    ] {
        let found: Vec<&Grant> = grants[role].iter().filter(|grant| !grant.one_of.is_empty()).collect();
        assert_eq!(found.iter().map(|grant| grant.permission.as_str()).collect::<Vec<_>>(), demanding, "{role}");
        for grant in found {
            let spares_owner =
                grant.one_of.iter().any(|one_of| one_of.attribute == "resource.scope" && one_of.except && one_of.values == ["owner"]);
            assert!(spares_owner, "{role}: {}", grant.permission);
        }
    }
}
