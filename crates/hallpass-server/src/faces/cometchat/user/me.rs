//! `/me`: a user's own record and session, as SDKs use them. Logging in is making a token by key, and then `PUT /me` with it.

use hallpass::Resource;
use serde_json::{Value, json};

use super::auth_token;
use super::document::{self, render_for};
use super::profile::{change, is_about_profile};
use crate::faces::cometchat::call::Call;
use crate::faces::cometchat::caller::Caller;
use crate::faces::cometchat::envelope::Answer;
use crate::faces::cometchat::error::CometError;

/// The version under which SDKs are to call, once they have been told.
const API_VERSION: &str = "v3.0";

/// `GET /me`
pub(in crate::faces::cometchat) async fn get(call: Call) -> Result<Answer, CometError> {
    let uid = call.acting_user()?.to_owned();
    call.permit("GetMyDetails", Resource::user(&uid), &[])?;
    Ok(Answer::of(shown(&call, &uid).await?))
}

/// `PUT /me`: changes the own record where the body says something of it; else it is the second step of a login.
pub(in crate::faces::cometchat) async fn update(call: Call) -> Result<Answer, CometError> {
    let uid = call.acting_user()?.to_owned();
    if is_about_profile(&call.body) {
        change(&call, &uid).await?;
    } else {
        call.permit("UpdateAuthToken", Resource::other("auth_token", ""), &[])?;
    }
    Ok(Answer::of(shown(&call, &uid).await?))
}

/// `DELETE /me`: ends the session.
pub(in crate::faces::cometchat) async fn logout(call: Call) -> Result<Answer, CometError> {
    let uid = call.acting_user()?.to_owned();
    call.permit("Logout", Resource::other("auth_token", ""), &[])?;
    if let Caller::Token { token, .. } = &call.caller {
        let edit = call.edit(crate::lock::Footprint::facts().user(&uid)).await?;
        let (changes, documents) = auth_token::end(&uid, token);
        // As the app: the token that ends is the one that asks.
        call.commit(edit, changes, documents).await?;
    }
    Ok(Answer::success("The user has been logged out successfully."))
}

/// `GET /settings`
pub(in crate::faces::cometchat) async fn settings(call: Call) -> Result<Answer, CometError> {
    call.permit("ListSettings", Resource::app(), &[])?;
    Ok(Answer::of(app_settings(&call)))
}

async fn shown(call: &Call, uid: &str) -> Result<Value, CometError> {
    let user = call.user(uid).ok_or_else(|| CometError::no_user(uid))?;
    let document = document::load(&call.tenant, uid).await?;
    let mut shown = render_for(call, &user, &document, true);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("wsChannel".to_owned(), json!({"identity": format!("[{}]{uid}", call.tenant.id()), "secret": ""}));
        shown.insert("settings".to_owned(), app_settings(call));
        shown.extend(call.session.as_ref().map(|token| ("authToken".to_owned(), Value::from(token.expose()))));
    }
    Ok(shown)
}

/// Where SDKs are to call from now on: where they have called. No socket is served there, and no analytics; what is said of them is what
/// keeps SDKs from failing over it.
fn app_settings(call: &Call) -> Value {
    let (name, port) = match call.host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => (name, port),
        _ => (call.host.as_str(), "443"),
    };
    json!({
        "CHAT_API_VERSION": API_VERSION,
        "CLIENT_API_HOST": call.host,
        "ADMIN_API_HOST": call.host,
        "CHAT_HOST": name,
        "CHAT_WSS_PORT": port,
        "ANALYTICS_PING_DISABLED": true,
        "APP_ID": call.tenant.id(),
        "REGION": "us",
        "MODE": "DEFAULT",
        "extensions": [],
    })
}
