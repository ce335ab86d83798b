//! `GET /messages/{parent_id}/replies`

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::find;
use super::line;
use super::render::Scene;
use super::sight::Sight;
use super::window::{DEFAULT, Window};

/// `GET /messages/{parent_id}/replies`
pub(in super::super) async fn list(call: Call) -> Result<Answer, StreamError> {
    let found = find(&call, call.path("parent_id")?).await?;
    call.permit("ReadChannel", found.channel_resource())?;
    let acting = call.acting_user()?;
    let sight = Sight::of(&call, &found.message.cid, acting.as_deref());
    sight.admit(&call, &found.message)?;
    let window = Window::read(&call, &call.query.fields()?, DEFAULT, &found.message.cid, &sight).await?;
    let mut messages = window.of(&call, line::THREAD, &found.message.id, &sight).await?;
    if newest_first(&call)? {
        messages.reverse();
    }
    let scene = Scene::of(&call, &messages.iter().collect::<Vec<_>>(), acting.as_deref()).await?;
    Ok(Answer::from_iter([("messages".to_owned(), scene.render_all(&call, &messages))]))
}

/// `sort=[{"field":"created_at","direction":-1}]`, as JSON in the query string.
fn newest_first(call: &Call) -> Result<bool, StreamError> {
    let Some(text) = call.query.get("sort").filter(|text| !text.is_empty()) else { return Ok(false) };
    let sort = crate::json::parse(text.as_bytes()).map_err(|error| StreamError::field("sort", error.to_string()))?;
    let first = sort.get(0).unwrap_or(&sort);
    Ok(first.get("direction").and_then(serde_json::Value::as_i64) == Some(-1))
}
