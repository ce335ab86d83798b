//! Roles: create, list, get, update, delete.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::{Change, Level, RoleLevel, Timestamp, User};
use hallpass_store::{DocumentWrite, Store};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::documents::{self, seconds};
use super::envelope::{self, Answer};
use super::error::{Code, CometError, Faults};
use super::fields::{Fields, unset, within};
use super::page::Page;
use crate::lock::Footprint;
use crate::permission_key::{self, Stored};
use crate::tenant::Tenant;

/// Kind of documents about roles, the built-in one included once it was changed.
const ROLE: &str = "role";
/// The built-in role, which users have who were made without one.
pub(super) const DEFAULT: &str = "default";
/// What it is called until it is renamed.
const DEFAULT_NAME: &str = "Default Role";
/// Longest id of a role, and longest name; CometChat's numbers.
const ID_CHARS: usize = 100;
const NAME_CHARS: usize = 100;
/// Longest description; CometChat's number.
const DESCRIPTION_CHARS: usize = 255;

/// A role, as shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RoleDocument {
    name: String,
    description: Option<String>,
    metadata: Option<Map<String, Value>>,
    settings: Option<Map<String, Value>>,
    created_at: Timestamp,
    updated_at: Option<Timestamp>,
}

impl RoleDocument {
    fn unknown(tenant: &Tenant, role: &str) -> Self {
        let name = if role == DEFAULT { DEFAULT_NAME.to_owned() } else { role.to_owned() };
        Self { name, created_at: documents::unknown_time(tenant), ..Self::default() }
    }

    /// The keys that the old-fashioned settings narrow.
    fn friends_only(&self) -> BTreeSet<String> {
        let set = |name: &str| self.settings.as_ref().and_then(|settings| settings.get(name)).and_then(Value::as_str);
        let narrowed = [("listUsers", "listUsers.mode"), ("sendMessagesTo", "sendMessage.mode")].into_iter();
        narrowed.filter(|(name, _)| set(name) == Some("friendsOnly")).map(|(_, key)| key.to_owned()).collect()
    }

    fn render(&self, role: &str) -> Value {
        let mut object = json!({"role": role, "name": self.name, "createdAt": seconds(self.created_at)});
        if let Some(object) = object.as_object_mut() {
            object.extend(self.description.clone().map(|text| ("description".to_owned(), Value::String(text))));
            object.extend(self.metadata.clone().map(|metadata| ("metadata".to_owned(), Value::Object(metadata))));
            object.extend(self.settings.clone().map(|settings| ("settings".to_owned(), Value::Object(settings))));
            object.extend(self.updated_at.map(|at| ("updatedAt".to_owned(), json!(seconds(at)))));
        }
        object
    }
}

/// The roles that users can have.
pub(super) fn user_roles(tenant: &Tenant) -> Vec<String> {
    let roles = tenant.engine().roles().into_iter();
    roles.filter(|role| role.level.is_none_or(|level| level == RoleLevel::User)).map(|role| role.name).collect()
}

/// The role of this id, however it is written.
///
/// # Errors
/// `ERR_ROLE_NOT_FOUND`
pub(super) fn known(tenant: &Tenant, role: &str) -> Result<String, CometError> {
    let (wanted, roles) = (role.to_lowercase(), user_roles(tenant));
    match roles.iter().find(|known| **known == role).or_else(|| roles.iter().find(|known| **known == wanted)) {
        Some(known) => Ok(known.clone()),
        None => Err(CometError::no_role(role, hallpass::nearest(&wanted, roles.iter().map(String::as_str)))),
    }
}

async fn document(tenant: &Tenant, role: &str) -> Result<RoleDocument, CometError> {
    Ok(documents::one(tenant, ROLE, role).await?.unwrap_or_else(|| RoleDocument::unknown(tenant, role)))
}

/// `POST /roles`
pub(super) async fn create(call: Call) -> Result<Answer, CometError> {
    let mut faults = Faults::default();
    let role = faults.take(id(&call.body));
    let name = faults.take(call.body.required_text("name").and_then(|name| within("name", name, NAME_CHARS)));
    let draft = faults.take(draft(&call.body));
    faults.done()?;
    let (Some(role), Some(name), Some(mut document)) = (role, name, draft) else { return Err(CometError::internal("faults are done")) };
    document.name = name;
    document.created_at = call.now;

    let edit = call.edit(Footprint::policy()).await?;
    if user_roles(&call.tenant).contains(&role) {
        return Err(CometError::new(Code::RoleAlreadyExists, format!("The role {role} already exists.")));
    }
    let (mut changes, mut documents) = (vec![Change::RolePut { role: role.clone() }], vec![documents::put(ROLE, &role, &document)?]);
    let (old, new) = (Stored::default(), Stored { friends_only: document.friends_only(), ..Stored::default() });
    if new != old {
        let effect = permission_key::set_of_role(call.tenant.engine(), &role, &old, &new);
        changes.extend(effect.changes);
        documents.extend(effect.documents);
    }
    call.commit(edit, changes, documents).await?;
    Ok(Answer::of(document.render(&role)))
}

/// `GET /roles`
pub(super) async fn list(call: Call) -> Result<Answer, CometError> {
    let page = Page::of(&call.query)?;
    let documents: BTreeMap<String, RoleDocument> = documents::all(&call.tenant, ROLE, "").await?.into_iter().collect();
    let shown = |role: String| match documents.get(&role) {
        Some(document) => document.render(&role),
        None => RoleDocument::unknown(&call.tenant, &role).render(&role),
    };
    Ok(page.answer(user_roles(&call.tenant).into_iter().map(shown).collect()))
}

/// `GET /roles/{role}`
pub(super) async fn get(call: Call) -> Result<Answer, CometError> {
    let role = known(&call.tenant, call.path("role")?)?;
    Ok(Answer::of(document(&call.tenant, &role).await?.render(&role)))
}

/// `PUT /roles/{role}`
pub(super) async fn update(call: Call) -> Result<Answer, CometError> {
    let mut faults = Faults::default();
    let named = if call.body.value("name").is_some() { call.body.required_text("name").map(Some) } else { Ok(None) };
    let name = faults.take(named.and_then(|name| name.map(|name| within("name", name, NAME_CHARS)).transpose()));
    let draft = faults.take(draft(&call.body));
    let unset = faults.take(unset(&call.body, &["settings", "description", "metadata"]));
    faults.done()?;
    let (Some(name), Some(draft), Some(unset)) = (name, draft, unset) else { return Err(CometError::internal("faults are done")) };

    let edit = call.edit(Footprint::policy()).await?;
    let role = known(&call.tenant, call.path("role")?)?;
    let mut document = document(&call.tenant, &role).await?;
    document.name = name.unwrap_or(document.name);
    document.description = draft.description.or(document.description.filter(|_| !unset.contains("description")));
    document.metadata = draft.metadata.or(document.metadata.filter(|_| !unset.contains("metadata")));
    document.settings = draft.settings.or(document.settings.filter(|_| !unset.contains("settings")));
    document.updated_at = Some(call.now);
    let (mut changes, mut documents) = (Vec::new(), vec![documents::put(ROLE, &role, &document)?]);
    let old = permission_key::of_role(&call.tenant, &role).await.map_err(CometError::internal)?;
    let new = Stored { friends_only: document.friends_only(), ..old.clone() };
    if new != old {
        let effect = permission_key::set_of_role(call.tenant.engine(), &role, &old, &new);
        changes.extend(effect.changes);
        documents.extend(effect.documents);
    }
    call.commit(edit, changes, documents).await?;
    Ok(Answer::of(document.render(&role)))
}

/// `DELETE /roles/{role}`
pub(super) async fn delete(call: Call) -> Result<Answer, CometError> {
    let edit = call.edit(Footprint::policy()).await?;
    let role = known(&call.tenant, call.path("role")?)?;
    if role == DEFAULT {
        return Err(CometError::new(Code::RoleDeleteDenied, "The role default is built in and cannot be deleted."));
    }
    let holders = holders(&call.tenant, &role).await?;
    let moved = holders.len();
    let effect = permission_key::forget_role(&call.tenant, &role).await.map_err(CometError::internal)?;
    let mut changes = effect.changes;
    changes.push(Change::GrantsReset { layer: Some("restricted_features".to_owned()), level: Level::App, role: role.clone() });
    changes.extend(holders.into_iter().map(|user| Change::UserPut(User { roles: vec![DEFAULT.to_owned()], ..user })));
    changes.push(Change::RoleRemoved { role: role.clone() });
    let mut documents = effect.documents;
    documents.push(DocumentWrite::delete(ROLE, role.clone()));
    call.commit(edit, changes, documents).await?;

    let mut answer = envelope::success(format!("Role {role} has been deleted successfully."));
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("usersMovedToDefault".to_owned(), json!(moved));
    }
    Ok(Answer::of(answer))
}

/// The users who have a role.
async fn holders(tenant: &Tenant, role: &str) -> Result<Vec<User>, CometError> {
    const AT_ONCE: usize = 1_000;
    let role = role.to_owned();
    let scan = move |store: &dyn Store, app: &str| {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = store.users(app, after.as_deref(), AT_ONCE)?;
            let Some(last) = page.last() else { return Ok(found) };
            after = Some(last.id.clone());
            found.extend(page.into_iter().filter(|user| user.roles.contains(&role)));
        }
    };
    tenant.read(scan).await.map_err(CometError::internal)
}

/// The id of a new role: lower case.
fn id(body: &Fields) -> Result<String, CometError> {
    let role = within("role", body.required_text("role")?, ID_CHARS)?.to_lowercase();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if role.starts_with(char::is_alphanumeric) && role.chars().all(fits) {
        return Ok(role);
    }
    let expected = "letters, digits, - and _, starting with a letter or digit";
    Err(CometError::field("role", format!("The role must consist of {expected}; got {role}.")))
}

/// What may be left out of a role.
fn draft(body: &Fields) -> Result<RoleDocument, CometError> {
    let mut faults = Faults::default();
    let description =
        faults.take(body.text("description").and_then(|text| text.map(|text| within("description", text, DESCRIPTION_CHARS)).transpose()));
    let metadata = faults.take(body.object("metadata"));
    let settings = faults.take(body.object("settings").and_then(|settings| {
        settings.map_or(Ok(None), |settings| {
            for key in ["listUsers", "sendMessagesTo"] {
                settings.word(key, &["all", "friendsOnly"])?;
            }
            Ok(Some(settings))
        })
    }));
    faults.done()?;
    Ok(RoleDocument {
        description: description.flatten(),
        metadata: metadata.flatten().map(Fields::into_raw),
        settings: settings.flatten().map(Fields::into_raw),
        ..RoleDocument::default()
    })
}
