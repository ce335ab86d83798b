//! One user: create, get, update.

use std::collections::BTreeSet;

use hallpass::{Change, Resource, User};
use hallpass_store::kind;

use super::auth_token;
use super::document::{self, Draft, UserDocument, render_for};
use crate::auth_key::AuthKeySettings;
use crate::faces::cometchat::call::Call;
use crate::faces::cometchat::caller::Caller;
use crate::faces::cometchat::documents;
use crate::faces::cometchat::envelope::Answer;
use crate::faces::cometchat::error::{Code, CometError, Faults};
use crate::faces::cometchat::fields::{self, Fields, within};
use crate::faces::cometchat::role;
use crate::lock::Footprint;

/// Longest id of a user; CometChat's number.
const UID_CHARS: usize = 100;
/// The name of the app itself where an actor is shown; nobody can be called that.
pub(in crate::faces::cometchat) const APP_SYSTEM: &str = "app_system";

/// `POST /users`
pub(in crate::faces::cometchat) async fn create(call: Call) -> Result<Answer, CometError> {
    let mut faults = Faults::default();
    let uid = faults.take(uid(&call.body));
    faults.take(call.body.required_text("name"));
    let draft = Draft::read(&call.body, &mut faults);
    let role = faults.take(call.body.text("role")).flatten().filter(|role| !role.is_empty());
    let with_token = faults.take(call.body.flag("withAuthToken")).flatten().unwrap_or(false);
    faults.done()?;
    let uid = uid.ok_or_else(|| CometError::internal("faults are done"))?;

    if call.caller == Caller::AuthKey && !AuthKeySettings::of(&call.tenant).await.map_err(CometError::internal)?.creates_users {
        return Err(CometError::new(Code::NoAccess, "The API key is auth-only: in this app it makes auth tokens, and nothing else."));
    }
    // Policy stands still meanwhile: the role is there until the user is.
    let edit = call.edit(Footprint::facts().user(&uid)).await?;
    let role = role.map(|role| role::known(&call.tenant, role)).transpose()?.unwrap_or_else(|| role::DEFAULT.to_owned());
    if call.caller == Caller::AuthKey && role != role::DEFAULT {
        // This key lies in every client: whoever has one would choose their own rights.
        return Err(CometError::new(Code::NoAccess, "The API key is auth-only: users that it creates have the role default."));
    }
    if call.tenant.engine().user(&uid).is_some() {
        return Err(CometError::new(Code::UidAlreadyExists, format!("The UID {uid} already exists.")));
    }
    let mut document = UserDocument { created_at: call.now, ..UserDocument::default() };
    draft.apply(&mut document, &BTreeSet::new());
    let user = User { id: uid.clone(), roles: vec![role], ..User::default() };
    let (mut changes, mut documents) = (vec![Change::UserPut(user.clone())], vec![documents::put(kind::USER, &uid, &document)?]);
    let token = with_token.then(|| auth_token::make(&uid, call.now));
    if let Some(made) = &token {
        changes.push(made.change.clone());
        documents.push(made.document()?);
    }
    call.commit(edit, changes, documents).await?;
    let mut shown = render_for(&call, &user, &document, true);
    if let (Some(shown), Some(made)) = (shown.as_object_mut(), &token) {
        shown.insert("authToken".to_owned(), made.secret.clone().into());
    }
    Ok(Answer::of(shown))
}

/// `GET /users/{uid}`
pub(in crate::faces::cometchat) async fn get(call: Call) -> Result<Answer, CometError> {
    let user = call.active_user_of_path()?;
    let action = if call.caller.user() == Some(&user.id) { "GetMyDetails" } else { "GetUserDetails" };
    call.permit(action, Resource::user(&user.id), &[])?;
    let document = document::load(&call.tenant, &user.id).await?;
    Ok(Answer::of(render_for(&call, &user, &document, call.query.get("withTags") == Some("true"))))
}

/// `PUT /users/{uid}`
pub(in crate::faces::cometchat) async fn update(call: Call) -> Result<Answer, CometError> {
    let uid = call.active_user_of_path()?.id;
    change(&call, &uid).await.map(Answer::of)
}

/// Changes a user as the body says.
pub(super) async fn change(call: &Call, uid: &str) -> Result<serde_json::Value, CometError> {
    let mut faults = Faults::default();
    let draft = Draft::read(&call.body, &mut faults);
    let role = faults.take(call.body.text("role")).flatten().filter(|role| !role.is_empty());
    let unset = faults.take(fields::unset(&call.body, &["avatar", "link", "metadata"])).unwrap_or_default();
    faults.done()?;
    call.permit("EditProfile", Resource::user(uid), &[])?;

    let edit = call.edit(Footprint::facts().user(uid)).await?;
    let mut user = call.tenant.engine().user(uid).filter(|user| !user.deactivated).ok_or_else(|| CometError::no_user(uid))?;
    let mut changes = Vec::new();
    if let Some(role) = role.map(|role| role::known(&call.tenant, role)).transpose()?.filter(|role| user.roles != [role.as_str()]) {
        if call.caller != Caller::App {
            // SDKs send the role that they know with every change of a profile; only another one is refused.
            let text = format!("The user {uid} cannot change their own role: that is the app's to do.");
            return Err(CometError::new(Code::PermissionDenied, text).with("reason", "role_of_one's_own"));
        }
        user.roles = vec![role];
        changes.push(Change::UserPut(user.clone()));
    }
    let mut document = document::load(&call.tenant, uid).await?;
    draft.apply(&mut document, &unset);
    document.updated_at = Some(call.now);
    call.commit(edit, changes, vec![documents::put(kind::USER, uid, &document)?]).await?;
    Ok(render_for(call, &user, &document, true))
}

/// Whether the body says anything about the user.
pub(super) fn is_about_profile(body: &Fields) -> bool {
    !Draft::read(body, &mut Faults::default()).is_empty() || body.value("role").is_some() || body.value("unset").is_some()
}

/// The id of a new user: lower case.
fn uid(body: &Fields) -> Result<String, CometError> {
    let uid = within("uid", body.required_text("uid")?, UID_CHARS)?.to_lowercase();
    if uid == APP_SYSTEM {
        return Err(CometError::field("uid", format!("The uid {APP_SYSTEM} is the app itself.")));
    }
    if uid.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | ':' | '+')) {
        return Ok(uid);
    }
    Err(CometError::field("uid", format!("The uid must consist of letters, digits and - _ . @ : +; got {uid}.")))
}
