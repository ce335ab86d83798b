//! `POST /channels/{type}/{id}/hide` and `…/show`: whether a channel is in one's own list. Takes no permission but to read it.

use hallpass::{ChannelId, Resource};

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::event::{self, Event};
use super::super::user::render::Users;
use super::visit::{self, Visit};
use super::{id_of, live, read};
use crate::lock::Footprint;

/// `POST /channels/{type}/{id}/hide`
pub(in super::super) async fn hide(call: Call) -> Result<Answer, StreamError> {
    let clear = call.body.flag("clear_history")?.unwrap_or(false);
    let (id, user) = change(&call, |visit, call| {
        visit.hidden_at = Some(call.now);
        if clear {
            visit.cleared_at = Some(call.now);
        }
    })
    .await?;
    event::told(tell(&call, "channel.hidden", &id, &user, Some(clear))).await;
    Ok(Answer::new())
}

/// `POST /channels/{type}/{id}/show`
pub(in super::super) async fn show(call: Call) -> Result<Answer, StreamError> {
    let (id, user) = change(&call, |visit, _| visit.hidden_at = None).await?;
    event::told(tell(&call, "channel.visible", &id, &user, None)).await;
    Ok(Answer::new())
}

async fn change(call: &Call, with: impl Fn(&mut Visit, &Call)) -> Result<(ChannelId, String), StreamError> {
    let id = id_of(call)?;
    let edit = call.edit(Footprint::facts().channel(id.as_str())).await?;
    live(call, &id)?;
    call.permit("ReadChannel", Resource::channel(id.as_str()))?;
    let user = read::acting(call)?;
    let mut visit = visit::one(call, &user, &id).await?;
    with(&mut visit, call);
    let written = visit.write(&user, &id)?;
    call.commit(edit, Vec::new(), vec![written]).await?;
    Ok((id, user))
}

/// Tells the user's other devices.
async fn tell(call: &Call, kind: &'static str, id: &ChannelId, user: &str, clear: Option<bool>) -> Result<(), StreamError> {
    for voice in call.voices() {
        let shown = Users::of(&voice, [user.to_owned()]).await?.get(user);
        let channel = super::told::channel(&voice, id).await?;
        let mut event = Event::to_user(kind, user).about(id).with("channel", channel).with("user", shown);
        if let Some(clear) = clear {
            event = event.with("clear_history", clear);
        }
        voice.announce(event);
    }
    Ok(())
}
