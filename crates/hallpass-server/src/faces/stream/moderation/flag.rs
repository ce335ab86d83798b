//! Flags: one asks moderators to look at a message or a user.

use hallpass::Resource;
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::channel::members::must_exist;
use super::super::error::StreamError;
use super::super::user::render::Users;
use super::report::{self, Flag, MESSAGE, REPORT, Report, USER};
use super::{acting, message};
use crate::lock::Footprint;

/// `POST /moderation/flag`, in both forms: `target_message_id` or `target_user_id`, and `entity_type` with `entity_id`.
pub(in super::super) async fn flag(call: Call) -> Result<Answer, StreamError> {
    let (entity_type, entity_id) = entity(&call)?;
    let user = acting(&call)?;
    let report_id = report::id_of(entity_type, &entity_id);
    let edit = call.edit(Footprint::facts().entity("message", entity_id.as_str()).entity(REPORT, report_id)).await?;
    let mut found = match entity_type {
        USER => {
            call.permit("FlagUser", Resource::user(&entity_id))?;
            must_exist(edit.engine(), [user.as_str(), entity_id.as_str()])?;
            Report::new(&call, USER, &entity_id, &entity_id)
        }
        _ => {
            let flagged = message::to_flag(&call, &entity_id).await?;
            must_exist(edit.engine(), [user.as_str()])?;
            let report = Report::new(&call, MESSAGE, &entity_id, &flagged.author);
            Report { channel: Some(flagged.channel), text: flagged.text, ..report }
        }
    };
    if let Some(before) = report::by_id(&call, &found.id).await? {
        found = before;
    }
    let reason = call.body.text("reason")?.unwrap_or_default().to_owned();
    let custom = call.body.object("custom")?.map(|custom| custom.raw().clone()).unwrap_or_default();
    super::super::user::good_custom("custom", &custom)?;
    let flag = Flag { user: Some(user.clone()), reason, custom, created_at: call.now, updated_at: call.now };
    found.add(flag.clone());
    call.commit(edit, Vec::new(), vec![found.write()?]).await?;
    let users = Users::of(&call, [user, found.creator.clone()]).await?;
    Ok(Answer::from_iter([
        ("flag".to_owned(), render(&call, &found, &flag, &users)),
        ("item_id".to_owned(), json!(found.id)),
        ("review_queue_item_id".to_owned(), json!(found.id)),
    ]))
}

/// `POST /moderation/unflag`: as at Stream, an answer and nothing more. A flag is dealt with by moderators.
pub(in super::super) async fn unflag(call: Call) -> Result<Answer, StreamError> {
    let (entity_type, entity_id) = entity(&call)?;
    match entity_type {
        USER => call.permit("FlagUser", Resource::user(&entity_id))?,
        _ => drop(message::to_flag(&call, &entity_id).await?),
    }
    Ok(Answer::new())
}

/// What is flagged.
fn entity(call: &Call) -> Result<(&'static str, String), StreamError> {
    let named = |name: &str| Ok::<_, StreamError>(call.body.text(name)?.filter(|id| !id.is_empty()).map(str::to_owned));
    match (named("target_message_id")?, named("target_user_id")?, named("entity_type")?) {
        (Some(id), None, _) => Ok((MESSAGE, id)),
        (None, Some(id), _) => Ok((USER, id)),
        (None, None, Some(kind)) => {
            let id = call.body.required_text("entity_id")?.to_owned();
            match [MESSAGE, USER].into_iter().find(|known| *known == kind) {
                Some(known) => Ok((known, id)),
                None => Err(StreamError::field("entity_type", format!("expected '{MESSAGE}' or '{USER}', got '{kind}'"))),
            }
        }
        (Some(_), Some(_), _) => Err(StreamError::input("target_message_id and target_user_id exclude each other")),
        (None, None, None) => Err(StreamError::field("target_message_id", "is required, or target_user_id, or entity_type and entity_id")),
    }
}

/// The flag as the older call answers it.
fn render(call: &Call, report: &Report, flag: &Flag, users: &Users) -> Value {
    let mut shown = Map::from_iter([
        ("created_at".to_owned(), call.dialect.time(flag.created_at)),
        ("updated_at".to_owned(), call.dialect.time(flag.updated_at)),
        ("created_by_automod".to_owned(), json!(false)),
        ("reason".to_owned(), json!(flag.reason)),
    ]);
    let about = if report.entity_type == USER {
        vec![("target_user", users.get(&report.entity_id))]
    } else {
        vec![
            ("target_message_id", Some(json!(report.entity_id))),
            ("message_user_id", Some(json!(report.creator))),
            ("channel_cid", report.channel.as_ref().map(|id| json!(id))),
        ]
    };
    let user = ("user", flag.user.as_deref().and_then(|id| users.get(id)));
    shown.extend(about.into_iter().chain([user]).filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(shown)
}
