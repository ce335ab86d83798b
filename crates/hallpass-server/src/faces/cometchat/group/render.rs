//! Groups, as answers show them.

use std::collections::BTreeMap;

use hallpass_store::{kind, member_document_id};
use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::documents::{self, seconds};
use super::super::entity::APP;
use super::super::error::CometError;
use super::super::member::{self, MemberDocument};
use super::{Group, GroupDocument};

/// A group, as the caller sees it.
pub(in super::super) async fn one(call: &Call, group: &Group) -> Result<Value, CometError> {
    let mut shown = several(call, std::slice::from_ref(group)).await?;
    shown.pop().ok_or_else(|| CometError::internal("a group was not rendered"))
}

/// Groups, as the caller sees them.
pub(in super::super) async fn several(call: &Call, groups: &[Group]) -> Result<Vec<Value>, CometError> {
    let counts = member_counts(call, groups).await?;
    let joined = own_memberships(call, groups).await?;
    let shown = groups.iter().map(|group| {
        let mut object = plain(group);
        object.insert("membersCount".to_owned(), json!(counts.get(group.cid()).copied().unwrap_or_default()));
        let own = call.caller.user().and_then(|user| call.tenant.engine().member(group.cid(), user)).filter(|member| !member.invited);
        object.insert("hasJoined".to_owned(), json!(own.is_some()));
        if let Some(own) = own {
            let at = joined.get(group.cid()).map_or_else(|| documents::unknown_time(&call.tenant), |document| document.joined_at);
            object.insert("scope".to_owned(), json!(member::scope_of(&own)));
            object.insert("joinedAt".to_owned(), json!(seconds(at)));
        }
        Value::Object(object)
    });
    Ok(shown.collect())
}

/// What is shown to everybody alike.
fn plain(group: &Group) -> Map<String, Value> {
    let document: &GroupDocument = &group.document;
    let mut object = Map::from_iter([
        ("guid".to_owned(), json!(group.guid())),
        ("name".to_owned(), json!(document.name)),
        ("type".to_owned(), json!(document.group_type.name())),
        ("owner".to_owned(), json!(group.fact.owner.as_deref().unwrap_or(APP))),
        ("conversationId".to_owned(), json!(format!("group_{}", group.guid()))),
        ("createdAt".to_owned(), json!(seconds(document.created_at))),
    ]);
    let given = [
        ("icon", document.icon.as_ref().map(|icon| json!(icon))),
        ("description", document.description.as_ref().map(|description| json!(description))),
        ("metadata", document.metadata.as_ref().map(|metadata| json!(metadata))),
        ("tags", Some(&document.tags).filter(|tags| !tags.is_empty()).map(|tags| json!(tags))),
        ("updatedAt", document.updated_at.map(|at| json!(seconds(at)))),
    ];
    object.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    object
}

async fn member_counts(call: &Call, groups: &[Group]) -> Result<BTreeMap<String, u64>, CometError> {
    let ids: Vec<_> = groups.iter().map(|group| group.fact.id.clone()).collect();
    let counted = call
        .tenant
        .read(move |store, app| ids.iter().map(|id| Ok((id.as_str().to_owned(), store.member_count(app, id)?))).collect::<Result<_, _>>());
    counted.await.map_err(CometError::internal)
}

/// Documents of the caller's memberships, by group.
async fn own_memberships(call: &Call, groups: &[Group]) -> Result<BTreeMap<String, MemberDocument>, CometError> {
    let Some(user) = call.caller.user() else { return Ok(BTreeMap::new()) };
    let key = |group: &Group| member_document_id(&group.fact.id, user);
    let mut found = documents::several::<MemberDocument>(&call.tenant, kind::MEMBER, groups.iter().map(key).collect()).await?;
    Ok(groups.iter().filter_map(|group| Some((group.cid().to_owned(), found.remove(&key(group))?))).collect())
}
