//! Blocked users: whom a user does not want to hear from. A block refuses messages and calls to whoever made it.

use hallpass::{Change, RelationKind, Resource, User};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::document::{self, blocks, relation, render_for};
use super::friend::relations;
use crate::faces::cometchat::call::Call;
use crate::faces::cometchat::documents::{self, SEPARATOR, seconds};
use crate::faces::cometchat::envelope::{Answer, success};
use crate::faces::cometchat::error::{Code, CometError};
use crate::faces::cometchat::page::Page;
use crate::lock::Footprint;

/// Kind of the documents that say when a block was made; the id is who blocks and who is blocked.
const BLOCK: &str = "block";
/// Most users in one call.
const AT_ONCE: usize = 1_000;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct BlockDocument {
    at: hallpass::Timestamp,
}

/// Whose list it is: that of the path, or the caller's own. Nobody but the app sees and changes the lists of others.
fn blocker(call: &Call) -> Result<User, CometError> {
    if call.path.contains_key("uid") {
        let user = call.active_user_of_path()?;
        return match call.caller.user() {
            Some(caller) if caller != user.id => {
                let text = format!("The user {caller} cannot act on the blocked users of {}.", user.id);
                Err(CometError::new(Code::PermissionDenied, text).with("reason", "not_one's_own"))
            }
            _ => Ok(user),
        };
    }
    let uid = call.acting_user()?;
    call.user(uid).ok_or_else(|| CometError::no_user(uid))
}

fn named(call: &Call) -> Result<Vec<String>, CometError> {
    let named = call.body.texts("blockedUids")?.ok_or_else(|| CometError::field("blockedUids", "The blockedUids field is required."))?;
    if named.len() > AT_ONCE {
        return Err(CometError::field("blockedUids", format!("The blockedUids may name at most {AT_ONCE} users, got {}.", named.len())));
    }
    Ok(named)
}

/// `POST /users/{uid}/blockedusers`, `POST /blockedusers`
pub(in crate::faces::cometchat) async fn block(call: Call) -> Result<Answer, CometError> {
    let named = named(&call)?;
    let user = blocker(&call)?;
    let edit = call.edit(Footprint::facts().user(&user.id)).await?;
    let (mut changes, mut writes, mut items) = (Vec::new(), Vec::new(), Map::new());
    for name in &named {
        let item = match allowed(&call, &user, name, "BlockUser") {
            Ok(other) => {
                if !blocks(&call.tenant, &user.id, &other.id) {
                    changes.push(Change::RelationPut(relation(RelationKind::Block, &user.id, &other.id)));
                    writes.push(documents::put(BLOCK, &document_id(&user.id, &other.id), &BlockDocument { at: call.now })?);
                }
                success(format!("The user with UID {} has blocked user with UID {} successfully.", user.id, other.id))
            }
            Err(error) => error.item(),
        };
        items.insert(name.clone(), item);
    }
    call.commit(edit, changes, writes).await?;
    Ok(Answer::of(items))
}

/// `DELETE /users/{uid}/blockedusers`, `DELETE /blockedusers`
pub(in crate::faces::cometchat) async fn unblock(call: Call) -> Result<Answer, CometError> {
    let named = named(&call)?;
    let user = blocker(&call)?;
    let edit = call.edit(Footprint::facts().user(&user.id)).await?;
    let (mut changes, mut writes, mut items) = (Vec::new(), Vec::new(), Map::new());
    for name in &named {
        let item = match allowed(&call, &user, name, "UnblockUser") {
            Ok(other) => {
                changes.push(Change::RelationRemoved(relation(RelationKind::Block, &user.id, &other.id)));
                writes.push(DocumentWrite::delete(BLOCK, document_id(&user.id, &other.id)));
                success(format!("The user with UID {} has unblocked user with UID {} successfully.", user.id, other.id))
            }
            Err(error) => error.item(),
        };
        items.insert(name.clone(), item);
    }
    call.commit(edit, changes, writes).await?;
    Ok(Answer::of(items))
}

/// The user of this name, on whom the caller may act.
fn allowed(call: &Call, user: &User, name: &str, action: &'static str) -> Result<User, CometError> {
    let other = call.user(name).ok_or_else(|| CometError::no_user(name))?;
    if other.id == user.id {
        return Err(CometError::new(Code::BlockSelf, format!("The user {} cannot block themselves.", user.id)));
    }
    call.permit(action, Resource::user(&other.id), &[])?;
    Ok(other)
}

/// `GET /users/{uid}/blockedusers`, `GET /blockedusers`
pub(in crate::faces::cometchat) async fn list(call: Call) -> Result<Answer, CometError> {
    let page = Page::of(&call.query)?;
    let direction = call.query.fields()?.word("direction", &["blockedByMe", "hasBlockedMe", "both"])?.unwrap_or("blockedByMe").to_owned();
    let user = blocker(&call)?;
    call.permit_listing("ListBlockedUsers", Resource::app())?;
    let search = call.query.get("searchKey").map(str::to_lowercase);
    // Who has blocked oneself is theirs to know; the app alone sees both directions.
    let mine = direction != "hasBlockedMe";
    let relations = if mine { relations(&call.tenant, RelationKind::Block, &user.id).await? } else { Vec::new() };
    let uids: Vec<String> = relations.into_iter().filter_map(|relation| relation.other).collect();
    let documents = document::load_all(&call.tenant, uids.clone()).await?;
    let ids = uids.iter().map(|uid| document_id(&user.id, uid)).collect();
    let times = documents::several::<BlockDocument>(&call.tenant, BLOCK, ids).await?;
    let mut rows: Vec<Value> = Vec::new();
    for uid in uids {
        let (Some(other), Some(document)) = (call.user(&uid), documents.get(&uid)) else { continue };
        let found = search.as_ref().is_none_or(|key| uid.to_lowercase().contains(key) || document.name.to_lowercase().contains(key));
        if !found || !call.permits_row("ListBlockedUsers", Resource::user(&uid), &[])? {
            continue;
        }
        let at = times.get(&document_id(&user.id, &uid)).map_or(documents::unknown_time(&call.tenant), |document| document.at);
        let mut row = render_for(&call, &other, document, false);
        if let Some(row) = row.as_object_mut() {
            row.insert("blockedByMe".to_owned(), Value::Bool(true));
            row.insert("blockedByMeAt".to_owned(), json!(seconds(at)));
            row.insert("blockedAt".to_owned(), json!(seconds(at)));
            row.insert("conversationId".to_owned(), Value::from(document::conversation_id(&user.id, &uid)));
        }
        rows.push(row);
    }
    Ok(page.answer(rows))
}

fn document_id(user: &str, other: &str) -> String {
    format!("{user}{SEPARATOR}{other}")
}
