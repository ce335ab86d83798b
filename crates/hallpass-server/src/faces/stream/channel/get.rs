//! `GET /channels/{type}/{id}`

use hallpass::Resource;

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::message::window::{self, Window};
use super::render::Types;
use super::{id_of, live, members, state};

/// `GET /channels/{type}/{id}`: the state of a channel that there is.
pub(in super::super) async fn get(call: Call) -> Result<Answer, StreamError> {
    let id = id_of(&call)?;
    let acting = call.acting_user()?;
    let fact = live(&call, &id)?;
    call.permit("ReadChannel", Resource::channel(id.as_str()))?;
    let shown = state::shown(&call, fact).await?;
    state::render(&call, &shown, &Types::of(&call).await?, acting.as_deref(), members::SHOWN, &Window::newest(window::DEFAULT)).await
}
