//! `POST /guest`: a user who comes without a token and gets one.

use hallpass::{Change, User};
use hallpass_store::kind;
use serde_json::Value;

use super::super::call::{Answer, Call};
use super::super::documents::{self, UserDocument};
use super::super::error::StreamError;
use super::super::token;
use super::render::render;
use super::upsert::KNOWN;
use super::{good_custom, good_id};
use crate::lock::Footprint;
use crate::record::VendorKeys;

/// The role of guests.
const GUEST: &str = "guest";

/// `POST /guest`
///
/// Anybody who knows the public `api_key` may call this, so the id that they ask for is only the end of the one they get: it can never
/// be somebody else's.
pub(in super::super) async fn create(call: Call) -> Result<Answer, StreamError> {
    let user = call.body.object("user")?.ok_or_else(|| StreamError::field("user", "is required"))?;
    let wanted = user.required_text("id")?;
    good_id("user.id", wanted)?;
    if call.settings.guest_user_creation_disabled {
        return Err(StreamError::not_allowed("guest users are switched off for this app").with("reason", "guests_disabled"));
    }
    if let Some(role) = user.text("role")?.filter(|role| *role != GUEST && !role.is_empty()) {
        return Err(StreamError::field("user.role", format!("a guest has the role '{GUEST}', got '{role}'")));
    }
    let id = format!("guest-{}-{wanted}", uuid::Uuid::new_v4());
    good_id("user.id", &id)?;
    let custom = call.dialect.custom_of(&user, KNOWN)?;
    good_custom("user.custom", &custom)?;

    let edit = call.edit(Footprint::facts().user(id.clone())).await?;
    if edit.engine().settings().teams {
        return Err(StreamError::not_allowed("there are no guest users in an app with teams").with("reason", "guests_disabled"));
    }
    let fact =
        User { id: id.clone(), roles: vec![GUEST.to_owned()], attributes: super::super::condition::attributes(&custom), ..User::default() };
    let document = UserDocument {
        name: user.text("name")?.map(str::to_owned),
        image: user.text("image")?.map(str::to_owned),
        custom,
        created_at: call.now,
        updated_at: call.now,
        ..UserDocument::default()
    };
    let record = call.tenant.record();
    let VendorKeys::Stream { api_secret, .. } = &record.vendor else { return Err(StreamError::internal("the app has no Stream keys")) };
    let access_token = token::sign(&id, api_secret, call.now)?;
    let written = vec![documents::put(kind::USER, &id, &document)?];
    call.commit(edit, vec![Change::UserPut(fact.clone())], written).await?;
    Ok(Answer::from_iter([
        ("user".to_owned(), Value::Object(render(&call, &fact, Some(&document)))),
        ("access_token".to_owned(), Value::from(access_token)),
    ]))
}
