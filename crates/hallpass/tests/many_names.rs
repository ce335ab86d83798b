//! Roles and channel types have numbers of their own for good, and there are only so many.
#![allow(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

use std::collections::BTreeSet;

use hallpass::{App, Change, ChangeError, ChannelType, Profile};
use serde_json::json;

const NAMES: usize = 65_535;

fn profile(roles: usize, types: usize) -> Result<Profile, hallpass::CatalogueError> {
    let catalogue = json!({
        "profile": "crowded",
        "limits": {},
        "settings": {"teams": false, "checks_disabled": false},
        "roles": (0..roles).map(|number| json!({"id": format!("role-{number}"), "level": "user", "default": number == 0})).collect::<Vec<_>>(),
        "channel_types": (0..types).map(|number| json!({"name": format!("type-{number}")})).collect::<Vec<_>>(),
        "channel_type_template": "type-0",
        "layers": [{"name": "grants", "holders": ["user_role"], "level": "action", "refusal": "no_grant"}],
        "permissions": [],
        "actions": [],
        "default_grants": {},
    });
    Profile::from_json(&catalogue.to_string())
}

#[test]
fn the_last_role_gets_a_number_and_the_next_is_refused() {
    let app = App::new(profile(NAMES - 1, 1).unwrap());
    let put = |role: &str| app.apply(&[Change::RolePut { role: role.into() }]);
    put("last").unwrap();
    app.apply(&[Change::RoleRemoved { role: "last".into() }]).unwrap();
    put("last").unwrap();
    let error = put("one-more").unwrap_err();
    assert!(matches!(error, ChangeError::Limit { found: 65_536, limit: 65_535, .. }), "{error}");
    assert_eq!(error.to_string(), "name: too many roles, those that were deleted included: 65536 is more than the limit of 65535");
    app.apply(&[Change::RoleRemoved { role: "last".into() }]).unwrap();
    assert!(put("one-more").is_err(), "the number of a role that was deleted is not given to another");
}

#[test]
fn channel_types_are_as_many() {
    let app = App::new(profile(1, NAMES - 1).unwrap());
    let put = |name: &str| app.apply(&[Change::ChannelTypePut(ChannelType { name: name.into(), features_off: BTreeSet::new() })]);
    put("last").unwrap();
    let error = put("one-more").unwrap_err();
    assert_eq!(error.to_string(), "name: too many channel types, those that were deleted included: 65536 is more than the limit of 65535");
}

#[test]
fn a_catalogue_has_no_more_either() {
    assert_eq!(profile(NAMES + 1, 1).unwrap_err().to_string(), "the catalogue has 65536 roles; at most 65535 fit");
    assert_eq!(profile(1, NAMES + 1).unwrap_err().to_string(), "the catalogue has 65536 channel types; at most 65535 fit");
}
