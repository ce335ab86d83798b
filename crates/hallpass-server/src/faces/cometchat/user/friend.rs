//! Friends: a mutual relation that the app keeps. Whatever is for friends only looks at this.

use hallpass::{Change, Relation, RelationKind, User};
use hallpass_store::Store;
use serde_json::{Map, json};

use super::document::relation;
use super::list::{are_friends, render_page};
use crate::faces::cometchat::call::Call;
use crate::faces::cometchat::envelope::{Answer, success};
use crate::faces::cometchat::error::{Code, CometError};
use crate::faces::cometchat::page::Page;
use crate::lock::Footprint;
use crate::tenant::Tenant;

/// Most friends of one user; CometChat's number.
const FRIENDS: usize = 1_000;

/// `POST /users/{uid}/friends`
pub(in crate::faces::cometchat) async fn add(call: Call) -> Result<Answer, CometError> {
    let named = call.body.texts("accepted")?.ok_or_else(|| CometError::field("accepted", "The accepted field is required."))?;
    let user = call.active_user_of_path()?;
    let edit = call.edit(footprint(&user, &named)).await?;
    let mut count = of(&call.tenant, &user.id).await?.len();
    let (mut changes, mut items) = (Vec::new(), Map::new());
    for name in &named {
        let item = match befriend(&call, &user, name, count) {
            Ok(change) if changes.contains(&Change::RelationPut(change.clone())) => success("Created relationship with status accepted."),
            Ok(friends) => {
                count += 1;
                // Written for both, so that each finds the other in a list of their own.
                let other = friends.other.clone().unwrap_or_default();
                changes.push(Change::RelationPut(relation(RelationKind::Friend, &other, &user.id)));
                changes.push(Change::RelationPut(friends));
                success("Created relationship with status accepted.")
            }
            Err(error) => error.item(),
        };
        items.insert(name.clone(), item);
    }
    call.commit(edit, changes, Vec::new()).await?;
    Ok(Answer::of(json!({ "accepted": items })))
}

/// The user and everybody named.
fn footprint(user: &User, named: &[String]) -> Footprint {
    named.iter().fold(Footprint::facts().user(&user.id), |footprint, name| footprint.user(name.to_lowercase()))
}

fn befriend(call: &Call, user: &User, name: &str, count: usize) -> Result<Relation, CometError> {
    let other = call.user(name).filter(|other| !other.deactivated).ok_or_else(|| CometError::no_user(name))?;
    if other.id == user.id {
        return Err(CometError::new(Code::SelfRelation, format!("The user {} cannot be a friend of their own.", user.id)));
    }
    if are_friends(&call.tenant, &user.id, &other.id) {
        return Err(CometError::new(Code::AlreadyFriend, format!("The users {} and {} are friends already.", user.id, other.id)));
    }
    if count >= FRIENDS {
        return Err(CometError::new(Code::QuotaRestriction, format!("The user {} has {FRIENDS} friends, which is the most.", user.id)));
    }
    Ok(relation(RelationKind::Friend, &user.id, &other.id))
}

/// `GET /users/{uid}/friends`
pub(in crate::faces::cometchat) async fn list(call: Call) -> Result<Answer, CometError> {
    let page = Page::of(&call.query)?;
    let user = call.active_user_of_path()?;
    let mut rows: Vec<User> = of(&call.tenant, &user.id).await?.iter().filter_map(|uid| call.user(uid)).collect();
    rows.retain(|user| !user.deactivated);
    if let Some(key) = call.query.get("searchKey").map(str::to_lowercase) {
        let documents = super::document::load_all(&call.tenant, rows.iter().map(|user| user.id.clone()).collect()).await?;
        rows.retain(|user| {
            let named = documents.get(&user.id).is_some_and(|document| document.name.to_lowercase().contains(&key));
            named || user.id.to_lowercase().contains(&key)
        });
    }
    render_page(&call, page, rows, false).await
}

/// `DELETE /users/{uid}/friends`
pub(in crate::faces::cometchat) async fn remove(call: Call) -> Result<Answer, CometError> {
    let named = call.body.texts("friends")?.ok_or_else(|| CometError::field("friends", "The friends field is required."))?;
    let user = call.user_of_path()?;
    let edit = call.edit(footprint(&user, &named)).await?;
    let mut changes = Vec::new();
    for name in &named {
        let other = call.user(name).ok_or_else(|| CometError::no_user(name))?;
        if !are_friends(&call.tenant, &user.id, &other.id) {
            return Err(CometError::new(Code::NotAFriend, format!("The users {} and {} are not friends.", user.id, other.id)));
        }
        changes.push(Change::RelationRemoved(relation(RelationKind::Friend, &user.id, &other.id)));
        changes.push(Change::RelationRemoved(relation(RelationKind::Friend, &other.id, &user.id)));
    }
    call.commit(edit, changes, Vec::new()).await?;
    Ok(Answer::success("Deleted the friend relations successfully."))
}

/// The friends of a user, by id.
async fn of(tenant: &Tenant, uid: &str) -> Result<Vec<String>, CometError> {
    let friends = relations(tenant, RelationKind::Friend, uid).await?;
    Ok(friends.into_iter().filter_map(|relation| relation.other).collect())
}

/// The relations of a kind that are a user's.
pub(super) async fn relations(tenant: &Tenant, kind: RelationKind, uid: &str) -> Result<Vec<Relation>, CometError> {
    const AT_ONCE: usize = 1_000;
    let uid = uid.to_owned();
    let scan = move |store: &dyn Store, app: &str| {
        let mut found: Vec<Relation> = Vec::new();
        loop {
            let page = store.relations(app, kind, Some(&uid), found.last(), AT_ONCE)?;
            if page.is_empty() {
                return Ok(found);
            }
            found.extend(page);
        }
    };
    tenant.read(scan).await.map_err(CometError::internal)
}
