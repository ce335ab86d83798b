//! Restrict Features: switches whole endpoints off for the users of a role. Older than RBAC, and asked before it.

use hallpass::{Change, Grant, Level, RoleGrants};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::documents::{self, seconds};
use super::envelope::{Answer, success};
use super::error::{Code, CometError};
use super::page::Page;
use super::role;
use crate::lock::Footprint;
use crate::permission_key::{feature_path, features};

/// The engine's layer of these.
const LAYER: &str = "restricted_features";
/// What their names have on the wire; input may leave it out.
const PREFIX: &str = "u.";

/// `GET /roles/{role}/restrictedfeatures`
pub(super) async fn list(call: Call) -> Result<Answer, CometError> {
    let page = Page::of(&call.query)?;
    let role = role::known(&call.tenant, call.path("role")?)?;
    let held = held(&call, &role);
    let restricted = features().filter(|feature| !is_held(&held, feature));
    Ok(page.answer(restricted.map(|feature| render(&call, feature)).collect()))
}

/// `POST /roles/{role}/restrictedfeatures`
pub(super) async fn restrict(call: Call) -> Result<Answer, CometError> {
    let wanted = call.body.texts("featuresToRestrict")?;
    let wanted = wanted.ok_or_else(|| CometError::field("featuresToRestrict", "The featuresToRestrict field is required."))?;
    let edit = call.edit(Footprint::policy()).await?;
    let role = role::known(&call.tenant, call.path("role")?)?;
    let mut held = held(&call, &role);
    let mut answer = Map::new();
    for name in &wanted {
        let (key, item) = match known(name) {
            Ok(feature) => {
                let key = format!("{PREFIX}{feature}");
                held.retain(|grant| grant.permission != key);
                let text = format!("The feature {key} has been restricted successfully.");
                (key, success(text))
            }
            Err(error) => (name.clone(), error.item()),
        };
        answer.insert(key, item);
    }
    call.commit(edit, changes(&call, &role, held), Vec::new()).await?;
    Ok(Answer::of(answer))
}

/// `DELETE /roles/{role}/restrictedfeatures`
pub(super) async fn allow(call: Call) -> Result<Answer, CometError> {
    let named = call.body.texts("featuresToAllow")?;
    let all = call.body.flag("allowAll")?.unwrap_or(false);
    let wanted: Vec<&str> = match (&named, all) {
        (_, true) => features().collect(),
        (Some(named), false) => named.iter().map(|name| known(name)).collect::<Result<_, _>>()?,
        (None, false) => {
            return Err(CometError::field("featuresToAllow", "The featuresToAllow field is required, or allowAll must be true."));
        }
    };
    let edit = call.edit(Footprint::policy()).await?;
    let role = role::known(&call.tenant, call.path("role")?)?;
    let mut held = held(&call, &role);
    for feature in &wanted {
        if !is_held(&held, feature) {
            held.push(Grant::plain(format!("{PREFIX}{feature}")));
        }
    }
    call.commit(edit, changes(&call, &role, held), Vec::new()).await?;
    let text = if all { "All features have been allowed successfully." } else { "The feature has been allowed successfully." };
    Ok(Answer::success(text))
}

/// The feature of this name, with or without prefix.
fn known(name: &str) -> Result<&'static str, CometError> {
    let bare = name.strip_prefix(PREFIX).unwrap_or(name);
    if let Some(feature) = features().find(|feature| *feature == bare) {
        return Ok(feature);
    }
    let error = CometError::new(Code::BadRequest, format!("There is no feature {name} that can be restricted."));
    Err(match hallpass::nearest(bare, features()) {
        Some(nearest) => error.with("nearest", format!("{PREFIX}{nearest}")),
        None => error,
    })
}

fn held(call: &Call, role: &str) -> Vec<Grant> {
    let grants = call.tenant.engine().grants(Some(LAYER), &Level::App);
    grants.and_then(|mut all| all.remove(role)).unwrap_or_default()
}

fn is_held(held: &[Grant], feature: &str) -> bool {
    held.iter().any(|grant| grant.permission.strip_prefix(PREFIX) == Some(feature))
}

fn changes(call: &Call, role: &str, held: Vec<Grant>) -> Vec<Change> {
    if held == self::held(call, role) {
        return Vec::new();
    }
    let (layer, level, role) = (Some(LAYER.to_owned()), Level::App, role.to_owned());
    if features().all(|feature| is_held(&held, feature)) {
        return vec![Change::GrantsReset { layer, level, role }];
    }
    vec![Change::GrantsPut(RoleGrants { layer, level, role, grants: held })]
}

fn render(call: &Call, feature: &str) -> Value {
    let mut title: String = feature.chars().flat_map(|c| c.is_uppercase().then_some(' ').into_iter().chain([c])).collect();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    json!({
        "title": title,
        "description": format!("Lets users of the role use {}.", feature_path(feature).unwrap_or_default()),
        "key": format!("{PREFIX}{feature}"),
        "path": feature_path(feature).unwrap_or_default().replace('{', "{{").replace('}', "}}"),
        "createdAt": seconds(documents::unknown_time(&call.tenant)),
    })
}
