//! `POST /v1/apps/{app}/changes`: policy and facts, as the change log writes them.

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use hallpass::{App, Change};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{ApiError, Caller};
use crate::body;
use crate::limits::CHANGES_PER_CALL;
use crate::lock::Footprint;

/// More facts than this take the whole app at once, instead of a lock for each entity.
const ENTITIES_LOCKED_SINGLY: usize = 32;

/// Changes to make, all or none.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read as JSON so that every error can name its field")]
pub(crate) struct ChangesForm {
    /// Each `{"change": KIND, …}`; docs/native.md lists the kinds.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Value>,
}

/// Where a write can be seen.
#[derive(Serialize, ToSchema)]
pub(crate) struct Written {
    /// Ask with `at_least` this revision to see the write for certain, on whichever node.
    pub(super) revision: u64,
}

/// Makes changes: all of them, as one revision, or none.
#[utoipa::path(
    post, path = "/v1/apps/{app}/changes", tag = "changes",
    params(("app" = String, Path), ("author" = Option<String>, Query, description = "For whom; goes into the log")),
    request_body = ChangesForm, security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "Durable, and seen by the next question", body = Written), (status = "4XX", description = "What is wrong; nothing has changed", body = ApiError))
)]
pub(crate) async fn apply(caller: Caller, request: Request) -> Result<Json<Written>, ApiError> {
    let mut body = body::object(request).await?;
    let Some(Value::Array(items)) = body.remove("changes") else { return Err(ApiError::bad("changes", "a list of changes")) };
    if items.len() > CHANGES_PER_CALL {
        return Err(ApiError::bad("changes", "at most 10000 changes; send bulk facts to …/facts").value(items.len().to_string()));
    }
    let changes = items.into_iter().enumerate().map(|(index, item)| read(index, item)).collect::<Result<Vec<Change>, _>>()?;
    let edit = caller.tenant.edit(footprint(&changes)).await?;
    if let Some((index, error)) = first_refused(edit.engine(), &changes) {
        let field = error.field().map_or_else(|| format!("changes[{index}]"), |field| format!("changes[{index}].{field}"));
        return Err(ApiError::from(error).at(field));
    }
    let revision = edit.commit(caller.author(), changes, Vec::new()).await?;
    Ok(Json(Written { revision: revision.0 }))
}

fn read(index: usize, item: Value) -> Result<Change, ApiError> {
    serde_json::from_value(item).map_err(|error| {
        let field = format!("changes[{index}]");
        ApiError::new(StatusCode::BAD_REQUEST, "invalid_change", format!("{field}: {error}")).at(field)
    })
}

/// The first change that the app refuses, seen after those before it.
///
/// Validation stops at the first problem without saying where, and prefixes stay valid, so the place is found by halving.
pub(super) fn first_refused(engine: &App, changes: &[Change]) -> Option<(usize, hallpass::ChangeError)> {
    let mut problem = engine.validate(changes).err()?;
    let (mut good, mut bad) = (0, changes.len());
    while good + 1 < bad {
        let middle = good.midpoint(bad);
        match changes.get(..middle).map_or(Ok(()), |prefix| engine.validate(prefix)) {
            Ok(()) => good = middle,
            Err(earlier) => {
                bad = middle;
                problem = earlier;
            }
        }
    }
    Some((bad.saturating_sub(1), problem))
}

/// What the changes touch: a few entities, or the whole app.
pub(super) fn footprint(changes: &[Change]) -> Footprint {
    if changes.len() > ENTITIES_LOCKED_SINGLY {
        return Footprint::policy();
    }
    changes.iter().try_fold(Footprint::facts(), touched).unwrap_or_else(Footprint::policy)
}

/// Adds what a change touches; `None` if that is more than single entities.
fn touched(footprint: Footprint, change: &Change) -> Option<Footprint> {
    Some(match change {
        Change::UserPut(user) => footprint.user(&user.id),
        Change::ChannelPut(channel) => footprint.channel(channel.id.as_str()),
        Change::MemberPut(member) => footprint.channel(member.channel.as_str()).user(&member.user),
        Change::MemberRemoved { channel, user } => footprint.channel(channel.as_str()).user(user),
        Change::RelationPut(relation) | Change::RelationRemoved(relation) => {
            let footprint = footprint.user(&relation.user);
            let footprint = match &relation.other {
                Some(other) => footprint.user(other),
                None => footprint,
            };
            match &relation.channel {
                Some(channel) => footprint.channel(channel.as_str()),
                None => footprint,
            }
        }
        Change::TokenPut(token) => footprint.user(&token.user).entity("token", &token.id),
        Change::TokenRemoved { id } => footprint.entity("token", id),
        Change::ClientPut(client) => footprint.entity("client", &client.id),
        _ => return None,
    })
}
