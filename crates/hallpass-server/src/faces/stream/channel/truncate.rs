//! `POST /channels/{type}/{id}/truncate`: all messages of a channel go.

use hallpass::Resource;
use hallpass_store::kind;

use super::super::call::{Answer, Call};
use super::super::documents;
use super::super::error::StreamError;
use super::super::event::{self, Event};
use super::super::message::remark::{self, Asks};
use super::super::message::{purge, render};
use super::super::user::render::Users;
use super::draft::Draft;
use super::{embed, id_of, live};
use crate::lock::Footprint;

/// `POST /channels/{type}/{id}/truncate`
///
/// The message that may come with it says that it was done: it is a system message, and asks for nothing but what links ask for.
pub(in super::super) async fn truncate(call: Call) -> Result<Answer, StreamError> {
    let id = id_of(&call)?;
    if call.body.texts("member_ids")?.is_some_and(|ids| !ids.is_empty()) {
        return Err(StreamError::field(
            "member_ids",
            "truncating for some members is not served; hide the channel for them with clear_history",
        ));
    }
    call.body.flag("hard_delete")?;
    let at = call.body.time("truncated_at")?.unwrap_or(call.now);
    let acting = call.acting_user()?;
    let said = remark::read(&call, &id, acting.as_deref())?;
    // Messages without number: nobody changes or answers any of them meanwhile.
    let edit = call.edit(Footprint::policy()).await?;
    let fact = live(&call, &id)?;
    call.permit("TruncateChannel", Resource::channel(id.as_str()))?;
    let mut written = match &said {
        Some(said) => remark::permit(&call, &fact, said, Asks::Nothing).await?,
        None => Vec::new(),
    };
    written.extend(purge::of_channel(&call, id.as_str(), at).await?);
    let mut draft = Draft::open(&call, fact).await?;
    draft.document.truncated_at = Some(at);
    written.push(documents::put(kind::CHANNEL, id.as_str(), &draft.document)?);
    if let Some(said) = &said {
        written.extend(remark::write(&call, said)?);
    }
    call.commit(edit, Vec::new(), written).await?;

    event::told(async {
        for voice in call.voices() {
            let mut event = Event::in_channel("channel.truncated", &id).members_get("notification.channel_truncated");
            if let Some(channel) = embed::one(&voice, &id).await? {
                event = event.with("channel", channel);
            }
            if let Some(user) = acting.as_deref() {
                event = event.with("user", Users::of(&voice, [user.to_owned()]).await?.get(user).unwrap_or_default());
            }
            if let Some(said) = &said {
                event = event.with("message", render::one(&voice, said, None).await?);
            }
            voice.announce(event);
        }
        Ok(())
    })
    .await;
    let mut answer = Answer::new();
    if let Some(channel) = embed::one(&call, &id).await? {
        answer.insert("channel".to_owned(), channel);
    }
    if let Some(said) = &said {
        answer.insert("message".to_owned(), render::one(&call, said, acting.as_deref()).await?);
    }
    Ok(answer)
}
