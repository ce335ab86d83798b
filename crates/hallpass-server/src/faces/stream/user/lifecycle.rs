//! Users who go, and who come back: deactivated, deleted (softly or for good), reactivated, restored.
//!
//! Stream does the ones for many users in the background and answers with the id of a task. Here they are done when the answer comes;
//! the task is there to be asked for all the same.

use hallpass::{Change, User};
use hallpass_store::{DocumentWrite, kind};
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::documents::{self, UserDocument};
use super::super::error::StreamError;
use super::super::event;
use super::super::task;
use super::render::render;
use super::{told, user_ids};
use crate::lock::Footprint;

/// What becomes of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Deactivated,
    Reactivated,
    /// The record stays, so the id is not free.
    Deleted,
    /// Nothing stays.
    Erased,
    Restored,
}

/// `POST /users/{id}/deactivate`
pub(in super::super) async fn deactivate(call: Call) -> Result<Answer, StreamError> {
    one(call, Fate::Deactivated).await
}

/// `POST /users/{id}/reactivate`, which may give a new name.
pub(in super::super) async fn reactivate(call: Call) -> Result<Answer, StreamError> {
    one(call, Fate::Reactivated).await
}

/// `DELETE /users/{id}?hard_delete=`
pub(in super::super) async fn delete(call: Call) -> Result<Answer, StreamError> {
    let hard = call.query.fields()?.flag("hard_delete")?.unwrap_or(false);
    one(call, if hard { Fate::Erased } else { Fate::Deleted }).await
}

/// `POST /users/deactivate`
pub(in super::super) async fn deactivate_many(call: Call) -> Result<Answer, StreamError> {
    many(call, Fate::Deactivated).await
}

/// `POST /users/reactivate`
pub(in super::super) async fn reactivate_many(call: Call) -> Result<Answer, StreamError> {
    many(call, Fate::Reactivated).await
}

/// `POST /users/delete`
pub(in super::super) async fn delete_many(call: Call) -> Result<Answer, StreamError> {
    let fate = match call.body.text("user")? {
        None | Some("" | "soft" | "pruning") => Fate::Deleted,
        Some("hard") => Fate::Erased,
        Some(other) => return Err(StreamError::field("user", format!("expected 'soft', 'pruning' or 'hard', got '{other}'"))),
    };
    many(call, fate).await
}

/// `POST /users/restore`
pub(in super::super) async fn restore_many(call: Call) -> Result<Answer, StreamError> {
    let ids = user_ids(&call.body)?;
    run(&call, &ids, Fate::Restored, Vec::new()).await?;
    Ok(Answer::new())
}

async fn one(call: Call, fate: Fate) -> Result<Answer, StreamError> {
    let id = call.path("id")?.to_owned();
    let (fact, document) = run(&call, std::slice::from_ref(&id), fate, Vec::new()).await?.pop().ok_or_else(|| missing(&id))?;
    Ok(Answer::from_iter([("user".to_owned(), Value::Object(render(&call, &fact, Some(&document))))]))
}

async fn many(call: Call, fate: Fate) -> Result<Answer, StreamError> {
    let ids = user_ids(&call.body)?;
    let result = ids.iter().map(|id| (id.clone(), json!({"status": "ok"}))).collect();
    let (task_id, written) = task::done(&call, Value::Object(result))?;
    run(&call, &ids, fate, vec![written]).await?;
    Ok(Answer::from_iter([("task_id".to_owned(), Value::from(task_id))]))
}

fn missing(id: &str) -> StreamError {
    StreamError::not_found(format!("user '{id}' does not exist"))
}

/// Does it, to all or none; gives back the users as they are then.
async fn run(call: &Call, ids: &[String], fate: Fate, mut written: Vec<DocumentWrite>) -> Result<Vec<(User, UserDocument)>, StreamError> {
    // Erasing reaches into every channel that the user is in.
    let footprint = match fate {
        Fate::Erased => Footprint::policy(),
        _ => ids.iter().fold(Footprint::facts(), |footprint, id| footprint.user(id.clone())),
    };
    let edit = call.edit(footprint).await?;
    let mut before = documents::users(&call.tenant, ids.to_vec()).await?;
    let (mut changes, mut users) = (Vec::new(), Vec::new());
    for id in ids {
        let mut fact = edit.engine().user(id).ok_or_else(|| missing(id))?;
        if fact.deleted && !matches!(fate, Fate::Restored | Fate::Erased | Fate::Deleted) {
            return Err(missing(id));
        }
        let made = documents::unknown_time(&call.tenant);
        let mut document = before.remove(id).unwrap_or_else(|| UserDocument { created_at: made, ..UserDocument::default() });
        document.updated_at = call.now;
        match fate {
            Fate::Deactivated => (fact.deactivated, document.deactivated_at) = (true, Some(call.now)),
            Fate::Reactivated => {
                (fact.deactivated, document.deactivated_at) = (false, None);
                if let Some(name) = call.body.text("name")?.filter(|name| !name.is_empty()) {
                    document.name = Some(name.to_owned());
                }
            }
            Fate::Deleted | Fate::Erased => (fact.deleted, document.deleted_at) = (true, Some(call.now)),
            Fate::Restored => (fact.deleted, document.deleted_at) = (false, None),
        }
        if fate == Fate::Erased {
            changes.push(Change::UserRemoved { id: id.clone() });
            written.push(DocumentWrite::delete(kind::USER, id.clone()));
        } else {
            changes.push(Change::UserPut(fact.clone()));
            written.push(documents::put(kind::USER, id, &document)?);
        }
        users.push((fact, document));
    }
    let ends = matches!(fate, Fate::Deleted | Fate::Erased);
    let witnesses = if ends { told::going(call, ids) } else { Vec::new() };
    call.commit(edit, changes, written).await?;
    if ends {
        event::told(told::deleted(call, &users, &witnesses, fate == Fate::Erased)).await;
    } else {
        event::told(told::updated(call, ids)).await;
    }
    Ok(users)
}
