//! Users come and go: activate, deactivate, delete.

use hallpass::{Change, User};
use hallpass_store::kind;
use serde_json::json;

use super::{auth_token, document};
use crate::faces::cometchat::call::Call;
use crate::faces::cometchat::documents;
use crate::faces::cometchat::envelope::Answer;
use crate::faces::cometchat::error::CometError;
use crate::faces::cometchat::forget;
use crate::lock::Footprint;

/// Most users in one call.
const AT_ONCE: usize = 1_000;

/// `PUT /users`
pub(in crate::faces::cometchat) async fn activate(call: Call) -> Result<Answer, CometError> {
    let changed = switch(&call, "uidsToActivate", false).await?;
    Ok(Answer::of(json!({ "nonDeactivatedUids": changed })))
}

/// `DELETE /users`
pub(in crate::faces::cometchat) async fn deactivate(call: Call) -> Result<Answer, CometError> {
    let changed = switch(&call, "uidsToDeactivate", true).await?;
    Ok(Answer::of(json!({ "deactivatedUids": changed })))
}

/// Deactivates or activates the users that a field names; answers with those that there are.
async fn switch(call: &Call, field: &str, off: bool) -> Result<Vec<String>, CometError> {
    let named = call.body.texts(field)?.ok_or_else(|| CometError::field(field, format!("The {field} field is required.")))?;
    if named.len() > AT_ONCE {
        return Err(CometError::field(field, format!("The {field} may name at most {AT_ONCE} users, got {}.", named.len())));
    }
    let mut footprint = Footprint::facts();
    let mut uids: Vec<String> = named.iter().filter_map(|uid| call.user(uid)).map(|user| user.id).collect();
    uids.dedup();
    for uid in &uids {
        footprint = footprint.user(uid);
    }
    let edit = call.edit(footprint).await?;
    let (mut changes, mut writes) = (Vec::new(), Vec::new());
    for user in uids.iter().filter_map(|uid| call.tenant.engine().user(uid)).filter(|user| user.deactivated != off) {
        let mut document = document::load(&call.tenant, &user.id).await?;
        document.deactivated_at = off.then_some(call.now);
        writes.push(documents::put(kind::USER, &user.id, &document)?);
        changes.push(Change::UserPut(User { deactivated: off, ..user }));
    }
    call.commit(edit, changes, writes).await?;
    Ok(uids)
}

/// `DELETE /users/{uid}`: for good with `permanent`, else as a deactivation, which can be taken back.
pub(in crate::faces::cometchat) async fn delete(call: Call) -> Result<Answer, CometError> {
    let permanent = call.body.flag("permanent")?.unwrap_or(false);
    let uid = call.user_of_path()?.id;
    // The memberships and relations of a user have no bound.
    let edit = call.edit(if permanent { Footprint::policy() } else { Footprint::facts().user(&uid) }).await?;
    let user = call.user_of_path()?;
    if permanent {
        let (mut changes, mut writes) = auth_token::forget(&call.tenant, &uid).await?;
        writes.extend(forget::user(&call, &uid).await?);
        changes.push(Change::UserRemoved { id: uid.clone() });
        call.commit(edit, changes, writes).await?;
    } else if !user.deactivated {
        let mut document = document::load(&call.tenant, &uid).await?;
        document.deactivated_at = Some(call.now);
        let put = documents::put(kind::USER, &uid, &document)?;
        call.commit(edit, vec![Change::UserPut(User { deactivated: true, ..user })], vec![put]).await?;
    }
    Ok(Answer::success(format!("User with {uid} has been deleted successfully.")))
}
