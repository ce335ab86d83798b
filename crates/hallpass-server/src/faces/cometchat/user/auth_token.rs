//! Auth tokens: with one, a client is its user.
//!
//! A token is shown once, when it is made. What is kept is its digest, as a fact, and a document that says when it was made; lists show
//! the id of each instead of what would open the app.

use hallpass::{Change, Timestamp, Token};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

use crate::faces::cometchat::call::Call;
use crate::faces::cometchat::caller::token_id;
use crate::faces::cometchat::documents::{self, SEPARATOR, seconds};
use crate::faces::cometchat::envelope::Answer;
use crate::faces::cometchat::error::{Code, CometError};
use crate::faces::cometchat::page::Page;
use crate::key::random_hex;
use crate::lock::Footprint;
use crate::tenant::Tenant;

/// Kind of the documents about tokens; the id is the user and the token's id.
const AUTH_TOKEN: &str = "auth_token";
/// Most tokens of one user; CometChat's number. One more, and the oldest goes: somebody who logs in never finds the door shut.
const TOKENS: usize = 100;
/// Hexadecimal digits of a token after its user and time: 160 bits.
const RANDOM_DIGITS: usize = 40;

/// What is known of a token.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct TokenDocument {
    created_at: Timestamp,
}

/// A token that is about to be.
pub(super) struct Made {
    /// The token itself.
    pub(super) secret: String,
    /// Its fact.
    pub(super) change: Change,
    id: String,
    at: Timestamp,
}

impl Made {
    /// Its document.
    pub(super) fn document(&self) -> Result<DocumentWrite, CometError> {
        documents::put(AUTH_TOKEN, &self.id, &TokenDocument { created_at: self.at })
    }
}

/// A new token of a user.
pub(super) fn make(uid: &str, now: Timestamp) -> Made {
    let secret = format!("{uid}_{}{}", seconds(now), random_hex(RANDOM_DIGITS));
    let id = token_id(&secret);
    let token = Token { id: id.clone(), user: uid.to_owned(), client: None, scopes: BTreeSet::new(), expires_at: None };
    Made { secret, change: Change::TokenPut(token), id: document_id(uid, &id), at: now }
}

fn document_id(uid: &str, token: &str) -> String {
    format!("{uid}{SEPARATOR}{token}")
}

/// `POST /users/{uid}/auth_tokens`
pub(in crate::faces::cometchat) async fn create(call: Call) -> Result<Answer, CometError> {
    let uid = call.active_user_of_path()?.id;
    let edit = call.edit(Footprint::facts().user(&uid)).await?;
    call.active_user_of_path()?;
    let made = make(&uid, call.now);
    let mut held = held(&call.tenant, &uid).await?;
    held.sort_by_key(|(_, document)| document.created_at);
    let (mut changes, mut documents) = (vec![made.change.clone()], vec![made.document()?]);
    for (id, _) in held.iter().take((held.len() + 1).saturating_sub(TOKENS)) {
        changes.push(Change::TokenRemoved { id: id.clone() });
        documents.push(DocumentWrite::delete(AUTH_TOKEN, document_id(&uid, id)));
    }
    call.commit(edit, changes, documents).await?;
    Ok(Answer::of(json!({"uid": uid, "authToken": made.secret, "createdAt": seconds(call.now)})))
}

/// `GET /users/{uid}/auth_tokens`
pub(in crate::faces::cometchat) async fn list(call: Call) -> Result<Answer, CometError> {
    let page = Page::of(&call.query)?;
    let uid = call.active_user_of_path()?.id;
    let rows = held(&call.tenant, &uid).await?;
    Ok(page.answer(rows.into_iter().map(|(id, document)| shown(&uid, &id, &document)).collect()))
}

/// `GET /users/{uid}/auth_tokens/{authToken}`
pub(in crate::faces::cometchat) async fn get(call: Call) -> Result<Answer, CometError> {
    let uid = call.active_user_of_path()?.id;
    let (id, document) = named(&call, &uid).await?;
    Ok(Answer::of(shown(&uid, &id, &document)))
}

/// `DELETE /users/{uid}/auth_tokens/{authToken}`
pub(in crate::faces::cometchat) async fn delete(call: Call) -> Result<Answer, CometError> {
    let uid = call.user_of_path()?.id;
    let edit = call.edit(Footprint::facts().user(&uid)).await?;
    let (id, _) = named(&call, &uid).await?;
    let documents = vec![DocumentWrite::delete(AUTH_TOKEN, document_id(&uid, &id))];
    call.commit(edit, vec![Change::TokenRemoved { id }], documents).await?;
    Ok(Answer::success("Auth Token deleted successfully."))
}

/// `DELETE /users/{uid}/auth_tokens`
pub(in crate::faces::cometchat) async fn flush(call: Call) -> Result<Answer, CometError> {
    let uid = call.user_of_path()?.id;
    let edit = call.edit(Footprint::facts().user(&uid)).await?;
    let (changes, documents) = forget(&call.tenant, &uid).await?;
    call.commit(edit, changes, documents).await?;
    Ok(Answer::success(format!("Cleared Auth Tokens successfully for uid {uid}.")))
}

/// What ends a session.
pub(super) fn end(uid: &str, token: &str) -> (Vec<Change>, Vec<DocumentWrite>) {
    (vec![Change::TokenRemoved { id: token.to_owned() }], vec![DocumentWrite::delete(AUTH_TOKEN, document_id(uid, token))])
}

/// What ends all sessions of a user.
pub(super) async fn forget(tenant: &Tenant, uid: &str) -> Result<(Vec<Change>, Vec<DocumentWrite>), CometError> {
    let held = held(tenant, uid).await?;
    Ok(held.into_iter().map(|(id, _)| end(uid, &id)).fold((Vec::new(), Vec::new()), |(mut changes, mut documents), (change, document)| {
        changes.extend(change);
        documents.extend(document);
        (changes, documents)
    }))
}

/// The tokens of a user, by id.
async fn held(tenant: &Tenant, uid: &str) -> Result<Vec<(String, TokenDocument)>, CometError> {
    let found = documents::all::<TokenDocument>(tenant, AUTH_TOKEN, &format!("{uid}{SEPARATOR}")).await?;
    let id = |id: String| id.split(SEPARATOR).nth(1).map(str::to_owned).unwrap_or_default();
    Ok(found.into_iter().map(|(key, document)| (id(key), document)).collect())
}

/// The token that the path names: by itself, or by its id.
async fn named(call: &Call, uid: &str) -> Result<(String, TokenDocument), CometError> {
    let named = call.path("authToken")?;
    let digest = token_id(named);
    let found = held(&call.tenant, uid).await?.into_iter().find(|(id, _)| *id == digest || id == named);
    found.ok_or_else(|| CometError::new(Code::AuthTokenNotFound, format!("The user {uid} has no such auth token.")))
}

fn shown(uid: &str, id: &str, document: &TokenDocument) -> Value {
    json!({"uid": uid, "authToken": id, "createdAt": seconds(document.created_at)})
}
