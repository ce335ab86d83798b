//! Users and groups inside other answers: who did it, to whom, where.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::Call;
use super::error::CometError;
use super::group::{self, Group};
use super::user;

/// The app, where a user is due: who owns groups that nobody owns, and who did what the app did.
pub(super) const APP: &str = user::profile::APP_SYSTEM;
/// What it is called.
const APP_NAME: &str = "System";

/// Who acts in a request: the user, or the app.
pub(super) fn actor(call: &Call) -> &str {
    call.caller.user().unwrap_or(APP)
}

/// Users by id, as answers show them; the app is one of them, and those that are gone have their id only.
pub(super) async fn users<'a>(call: &Call, ids: impl IntoIterator<Item = &'a str>) -> Result<BTreeMap<String, Value>, CometError> {
    let ids: std::collections::BTreeSet<String> = ids.into_iter().map(str::to_owned).collect();
    let mut shown = user::render(call, ids.iter().cloned().collect()).await?;
    for id in ids {
        let name = if id == APP { APP_NAME } else { &id };
        let unknown = json!({"uid": id, "name": name, "role": "default", "status": "offline"});
        shown.entry(id).or_insert(unknown);
    }
    Ok(shown)
}

/// One user.
pub(super) async fn one(call: &Call, id: &str) -> Result<Value, CometError> {
    Ok(users(call, [id]).await?.remove(id).unwrap_or_default())
}

/// `{entity, entityType: "user"}`
pub(super) async fn of_user(call: &Call, id: &str) -> Result<Value, CometError> {
    Ok(json!({"entity": one(call, id).await?, "entityType": "user"}))
}

/// `{entity, entityType: "group"}`
pub(super) async fn of_group(call: &Call, group: &Group) -> Result<Value, CometError> {
    Ok(json!({"entity": group::render::one(call, group).await?, "entityType": "group"}))
}
