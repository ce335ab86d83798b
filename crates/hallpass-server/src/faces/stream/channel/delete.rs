//! Deleting channels: softly, so that the id can be made again by whoever may, or for good.

use hallpass::{Change, Channel, ChannelId, Resource};
use hallpass_store::{DocumentWrite, kind};
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::event;
use super::super::message::purge;
use super::super::poll;
use super::super::task;
use super::super::user::render::Users;
use super::draft::Draft;
use super::render::Types;
use super::{id_of, live, members, state, told};
use crate::lock::Footprint;

/// `DELETE /channels/{type}/{id}?hard_delete=`
pub(in super::super) async fn delete(call: Call) -> Result<Answer, StreamError> {
    let id = id_of(&call)?;
    let hard = call.query.fields()?.flag("hard_delete")?.unwrap_or(false);
    let edit = call.edit(footprint(hard, std::slice::from_ref(&id))).await?;
    let fact = live(&call, &id)?;
    call.permit("DeleteChannel", Resource::channel(id.as_str()))?;
    if hard {
        call.server_only("deleting a channel for good")?;
    }
    let mut shown = state::shown(&call, fact.clone()).await?;
    let witnesses = told::going(&call, &id);
    let (change, mut written) = gone(&call, fact, hard).await?;
    if hard {
        written.extend(poll::document::left(&call, &[id.as_str()].into()).await?);
    }
    call.commit(edit, vec![change], written).await?;

    shown.fact.deleted = true;
    shown.document.deleted_at = Some(call.now);
    event::told(told::deleted(&call, &shown, &witnesses)).await;
    let users = Users::of(&call, shown.fact.owner.clone()).await?;
    Ok(Answer::from_iter([("channel".to_owned(), shown.render(&call, &Types::of(&call).await?, &users, None))]))
}

/// `POST /channels/delete`
pub(in super::super) async fn delete_many(call: Call) -> Result<Answer, StreamError> {
    let hard = call.body.flag("hard_delete")?.unwrap_or(false);
    let mut cids = call.body.texts("cids")?.unwrap_or_default();
    cids.sort();
    cids.dedup();
    if cids.is_empty() || cids.len() > members::BATCH {
        return Err(StreamError::field("cids", format!("expected 1 to {} channels, got {}", members::BATCH, cids.len())));
    }
    let parse = |cid: &String| cid.parse::<ChannelId>().map_err(|error| StreamError::field("cids", error.to_string()));
    let ids: Vec<ChannelId> = cids.iter().map(parse).collect::<Result<_, _>>()?;
    let edit = call.edit(footprint(hard, &ids)).await?;
    let result: serde_json::Map<String, Value> = ids.iter().map(|id| (id.to_string(), json!({"status": "ok"}))).collect();
    let (task_id, task) = task::done(&call, Value::Object(result.clone()))?;
    let (mut changes, mut written) = (Vec::new(), vec![task]);
    let mut going = Vec::new();
    for id in &ids {
        let fact = live(&call, id)?;
        let mut shown = state::shown(&call, fact.clone()).await?;
        shown.fact.deleted = true;
        shown.document.deleted_at = Some(call.now);
        going.push((shown, told::going(&call, id)));
        let (change, of_channel) = gone(&call, fact, hard).await?;
        changes.push(change);
        written.extend(of_channel);
    }
    if hard {
        written.extend(poll::document::left(&call, &ids.iter().map(ChannelId::as_str).collect()).await?);
    }
    call.commit(edit, changes, written).await?;
    for (shown, witnesses) in &going {
        event::told(told::deleted(&call, shown, witnesses)).await;
    }
    Ok(Answer::from_iter([("task_id".to_owned(), Value::from(task_id)), ("result".to_owned(), Value::Object(result))]))
}

/// For good, messages without number go: nobody changes or answers any of them meanwhile.
fn footprint(hard: bool, ids: &[ChannelId]) -> Footprint {
    if hard { Footprint::policy() } else { ids.iter().fold(Footprint::facts(), |footprint, id| footprint.channel(id.as_str())) }
}

/// What it takes to delete a channel. Its messages go with it for good, or when it is made again.
async fn gone(call: &Call, fact: Channel, hard: bool) -> Result<(Change, Vec<DocumentWrite>), StreamError> {
    let id = fact.id.clone();
    if hard {
        let mut written = purge::of_channel(call, id.as_str(), call.now).await?;
        written.push(DocumentWrite::delete(kind::CHANNEL, id.as_str()));
        return Ok((Change::ChannelRemoved { id }, written));
    }
    let mut draft = Draft::open(call, fact).await?;
    draft.fact.deleted = true;
    draft.document.deleted_at = Some(call.now);
    let fact = draft.fact.clone();
    let (_, document) = draft.write(call)?;
    Ok((Change::ChannelPut(fact), vec![document]))
}
