//! Tags: words that threads are marked with, each for some groups.

use std::collections::BTreeSet;

use hallpass::{Resource, Timestamp};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::chat::people::known_groups;
use super::fault::{Fault, FaultType};
use super::group::EVERYBODY;
use super::webhook::{Occurrence, tell};
use super::{keep, moment};
use crate::lock::Footprint;

/// Kind of tags; the id is the name.
pub(super) const TAG: &str = "tag";

/// A tag.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TagDocument {
    pub(super) group_ids: BTreeSet<u64>,
    pub(super) author_id: String,
    pub(super) created_at: Timestamp,
}

impl TagDocument {
    /// Whether threads of these groups may have it. Group 0 is everybody, on either side.
    pub(super) fn is_for(&self, groups: &BTreeSet<u64>) -> bool {
        let everybody = self.group_ids.contains(&EVERYBODY) || groups.contains(&EVERYBODY);
        everybody || self.group_ids.iter().any(|group| groups.contains(group))
    }

    fn show(&self, name: &str) -> Value {
        json!({
            "name": name, "group_ids": self.group_ids, "author_id": self.author_id, "created_at": moment::text(self.created_at),
        })
    }
}

/// Asks for each group of a tag: who may write tags of their groups writes none of others.
fn permit_each(call: &Call, action: &'static str, groups: &BTreeSet<u64>) -> Result<(), Fault> {
    for group in groups {
        let team = group.to_string();
        call.permit(action, Resource { team: Some(&team), ..Resource::other("tag", "") })?;
    }
    Ok(())
}

fn own_team(call: &Call) -> String {
    let user = call.tenant.engine().user(&call.account);
    user.and_then(|user| user.teams.into_iter().next()).unwrap_or_else(|| EVERYBODY.to_string())
}

/// `create_tag`.
///
/// # Errors
/// The refusal; `validation`; `group_not_found`; `already_exists`.
pub(super) async fn create(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let name = body.required_text("name")?.to_owned();
    let groups: BTreeSet<u64> = body.groups("group_ids")?.ok_or_else(|| body.missing("group_ids"))?.into_iter().collect();
    if groups.is_empty() {
        return Err(body.refuse("group_ids", "at least one group"));
    }
    permit_each(&call, "create_tag", &groups)?;
    known_groups(&call, &groups).await?;
    let edit = call.edit(Footprint::facts().entity(TAG, name.clone())).await?;
    if keep::find::<TagDocument>(&call, TAG, &name).await?.is_some() {
        return Err(Fault::new(FaultType::AlreadyExists, format!("tag '{name}' exists")));
    }
    let tag = TagDocument { group_ids: groups, author_id: call.account.clone(), created_at: call.now };
    call.commit(edit, Vec::new(), vec![keep::put(TAG, name.clone(), &tag)?]).await?;
    tell(&call, Occurrence::of("tag_created", tag.show(&name))).await;
    Ok(json!({}))
}

/// `update_tag`. Both the groups that it had and those that it gets are asked for.
///
/// # Errors
/// The refusal; `not_found`; `group_not_found`.
pub(super) async fn update(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let name = body.required_text("name")?.to_owned();
    let groups: BTreeSet<u64> = body.groups("group_ids")?.ok_or_else(|| body.missing("group_ids"))?.into_iter().collect();
    if groups.is_empty() {
        return Err(body.refuse("group_ids", "at least one group"));
    }
    let edit = call.edit(Footprint::facts().entity(TAG, name.clone())).await?;
    permit_each(&call, "update_tag", &groups)?;
    let mut tag: TagDocument = keep::find(&call, TAG, &name).await?.ok_or_else(|| keep::missing("tag", &name))?;
    permit_each(&call, "update_tag", &tag.group_ids)?;
    known_groups(&call, &groups).await?;
    tag.group_ids = groups;
    call.commit(edit, Vec::new(), vec![keep::put(TAG, name.clone(), &tag)?]).await?;
    tell(&call, Occurrence::of("tag_updated", tag.show(&name))).await;
    Ok(json!({}))
}

/// `delete_tag`. Threads that have it keep it.
///
/// # Errors
/// The refusal; `not_found`.
pub(super) async fn delete(call: Call) -> Result<Answer, Fault> {
    let name = call.fields().required_text("name")?.to_owned();
    let edit = call.edit(Footprint::facts().entity(TAG, name.clone())).await?;
    let Some(tag) = keep::find::<TagDocument>(&call, TAG, &name).await? else {
        permit_each(&call, "delete_tag", &[EVERYBODY].into())?;
        return Err(keep::missing("tag", &name));
    };
    permit_each(&call, "delete_tag", &tag.group_ids)?;
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(TAG, name.clone())]).await?;
    tell(&call, Occurrence::of("tag_deleted", json!({"name": name}))).await;
    Ok(json!({}))
}

/// `list_tags`: those of the groups that the scopes reach.
///
/// # Errors
/// The refusal.
pub(super) async fn list(call: Call) -> Result<Answer, Fault> {
    let wanted = call.fields().object_or_empty("filters")?.groups("group_ids")?;
    let team = own_team(&call);
    call.permit("list_tags", Resource { team: Some(&team), ..Resource::other("tag", "") })?;
    let mut shown = Vec::new();
    for (name, tag) in keep::all::<TagDocument>(&call, TAG, String::new()).await? {
        if wanted.as_ref().is_some_and(|wanted| !wanted.iter().any(|group| tag.group_ids.contains(group))) {
            continue;
        }
        for group in &tag.group_ids {
            let team = group.to_string();
            if call.may("list_tags", Resource { team: Some(&team), ..Resource::other("tag", "") })? {
                shown.push(tag.show(&name));
                break;
            }
        }
    }
    Ok(json!(shown))
}
