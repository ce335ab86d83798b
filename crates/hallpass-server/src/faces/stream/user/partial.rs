//! `PATCH /users`: some fields of some users.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::call::{Answer, Call};
use super::super::dialect::Dialect;
use super::super::error::StreamError;
use super::super::event;
use super::super::fields::Fields;
use super::super::{documents, patch};
use super::draft::Draft;
use super::upsert::{KNOWN, REVOKED, answer, revoke, set_facts};
use super::{BATCH, told};
use crate::lock::Footprint;

/// Fields that a partial update can change, besides custom ones.
const SETTABLE: &[&str] =
    &["role", "teams", "teams_role", "name", "image", "language", "invisible", "privacy_settings", "revoke_tokens_issued_before"];

/// `PATCH /users`
pub(in super::super) async fn update(call: Call) -> Result<Answer, StreamError> {
    let users = call.body.objects("users")?.unwrap_or_default();
    let ids: Vec<String> = users.iter().map(|user| user.required_text("id").map(str::to_owned)).collect::<Result<_, _>>()?;
    if users.is_empty() || users.len() > BATCH {
        return Err(StreamError::field("users", format!("expected 1 to {BATCH} users, got {}", users.len())));
    }
    if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
        return Err(StreamError::field("users", "each user may come once"));
    }
    let footprint = ids.iter().fold(Footprint::facts(), |footprint, id| footprint.user(id.clone()));
    let edit = call.edit(footprint).await?;
    let mut before = documents::users(&call.tenant, ids.clone()).await?;

    let (mut changes, mut written) = (Vec::new(), Vec::new());
    for (user, id) in users.iter().zip(&ids) {
        let mut draft = Draft::open(&call, edit.engine(), id, before.remove(id));
        if !draft.exists() || draft.fact.deleted {
            return Err(StreamError::not_found(format!("user '{id}' does not exist")));
        }
        apply(&call, &mut draft, user)?;
        draft.permit(&call)?;
        let (change, document) = draft.write(&call)?;
        changes.extend(change);
        written.push(document);
    }
    call.commit(edit, changes, written).await?;
    for (user, id) in users.iter().zip(&ids) {
        if user.object("set")?.is_some_and(|set| set.has(REVOKED)) {
            call.hang_up(Some(id));
        }
    }
    event::told(told::updated(&call, &ids)).await;
    answer(&call, &ids).await
}

fn apply(call: &Call, draft: &mut Draft, user: &Fields) -> Result<(), StreamError> {
    let mut custom = draft.document.custom.clone();
    if let Some(set) = user.object("set")? {
        set_facts(draft, &set)?;
        set_shown(draft, &set)?;
        revoke(call, draft, &set)?;
        for (name, value) in set.raw() {
            match Field::of(call.dialect, name) {
                Field::Api => {}
                Field::Reserved => return Err(StreamError::field(&set.path(name), "cannot be changed")),
                Field::AllCustom => custom = set.object(name)?.map(|all| all.raw().clone()).unwrap_or_default(),
                Field::Custom(path) => patch::set(&mut custom, path, value.clone())?,
            }
        }
    }
    for name in user.texts("unset")?.unwrap_or_default() {
        match Field::of(call.dialect, &name) {
            Field::Api => unset(call, draft, &name)?,
            Field::Reserved => return Err(StreamError::field(&user.path("unset"), format!("'{name}' cannot be changed"))),
            Field::AllCustom => custom.clear(),
            Field::Custom(path) => patch::unset(&mut custom, path),
        }
    }
    draft.set_custom(&user.path("set"), custom)
}

/// What a name in `set` or `unset` is about.
enum Field<'a> {
    /// One of the API's own that can be changed.
    Api,
    /// One of the API's own that cannot.
    Reserved,
    /// All custom fields at once: `custom` under `/api/v2`.
    AllCustom,
    /// A custom field.
    Custom(&'a str),
}

impl<'a> Field<'a> {
    fn of(dialect: Dialect, name: &'a str) -> Self {
        let head = name.split('.').next().unwrap_or(name);
        if SETTABLE.contains(&name) {
            return Self::Api;
        }
        if KNOWN.contains(&head) {
            return Self::Reserved;
        }
        match (dialect, name.strip_prefix("custom.")) {
            (Dialect::Prefixed, _) if name == "custom" => Self::AllCustom,
            (Dialect::Prefixed, Some(path)) => Self::Custom(path),
            _ => Self::Custom(name),
        }
    }
}

fn set_shown(draft: &mut Draft, set: &Fields) -> Result<(), StreamError> {
    let document = &mut draft.document;
    for (name, slot) in [("name", &mut document.name), ("image", &mut document.image), ("language", &mut document.language)] {
        if set.has(name) {
            *slot = set.text(name)?.map(str::to_owned);
        }
    }
    if set.has("invisible") {
        document.invisible = set.flag("invisible")?.unwrap_or(false);
    }
    if set.has("privacy_settings") {
        document.privacy_settings = set.value("privacy_settings").cloned();
    }
    Ok(())
}

fn unset(call: &Call, draft: &mut Draft, name: &str) -> Result<(), StreamError> {
    match name {
        "role" => draft.fact.roles.clear(),
        "teams" => draft.fact.teams.clear(),
        "teams_role" => draft.fact.teams_role.clear(),
        "name" => draft.document.name = None,
        "image" => draft.document.image = None,
        "language" => draft.document.language = None,
        "invisible" => draft.document.invisible = false,
        "privacy_settings" => draft.document.privacy_settings = None,
        _ => {
            let cleared = Fields::of("unset", Value::Object([(name.to_owned(), Value::Null)].into_iter().collect()))?;
            revoke(call, draft, &cleared)?;
        }
    }
    Ok(())
}
