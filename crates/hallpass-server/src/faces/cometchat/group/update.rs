//! `PUT /groups/{guid}`

use hallpass::Resource;
use hallpass_store::kind;

use super::super::call::Call;
use super::super::documents;
use super::super::envelope::Answer;
use super::super::error::{Code, CometError};
use super::{GroupDocument, GroupType, MAX_CHARS, MAX_DESCRIPTION_CHARS, MAX_TAGS, create, of_path, render, transfer};
use crate::lock::Footprint;

/// What `unset` can name.
const UNSETTABLE: &[&str] = &["icon", "description", "metadata"];

/// `PUT /groups/{guid}`. The app may pass the group on to another owner with it; from users `owner` means nothing.
pub(in super::super) async fn update(call: Call) -> Result<Answer, CometError> {
    let group = of_path(&call).await?;
    call.permit("EditGroup", Resource::channel(group.cid()), &group.attributes())?;
    let group_type = GroupType::read(&call)?;
    let unset = call.body.texts("unset")?.unwrap_or_default();
    if let Some(unknown) = unset.iter().find(|name| !UNSETTABLE.contains(&name.as_str())) {
        let text = format!("The unset field takes {}, got \"{unknown}\".", UNSETTABLE.join(", "));
        return Err(CometError::field("unset", text));
    }
    let new_owner = match (call.caller.user(), call.body.text("owner")?) {
        (None, Some(uid)) => Some(call.user(uid).ok_or_else(|| CometError::no_user(uid))?.id),
        _ => None,
    };

    let mut footprint = Footprint::facts().channel(group.cid());
    if let Some(owner) = &new_owner {
        footprint = footprint.user(owner);
    }
    let edit = call.edit(footprint).await?;
    let mut group = of_path(&call).await?;
    // Asked again: the caller may have been kicked while this waited.
    call.permit("EditGroup", Resource::channel(group.cid()), &group.attributes())?;
    if let Some(wanted) = group_type.filter(|wanted| *wanted != group.document.group_type) {
        // Else whoever may make groups of some types only would make one of those, and turn it into another.
        call.permit("CreateGroup", Resource::app(), &[("group_type", wanted.name())])?;
    }
    if let Some(name) = call.body.text("name")? {
        if name.is_empty() {
            return Err(CometError::field("name", "The name field must not be empty."));
        }
        name.clone_into(&mut group.document.name);
    }
    read_shown(&call, &mut group.document)?;
    let document = &mut group.document;
    for name in unset {
        match name.as_str() {
            "icon" => document.icon = None,
            "description" => document.description = None,
            _ => document.metadata = None,
        }
    }
    let wanted_type = group_type.unwrap_or(document.group_type);
    let keeps_password = wanted_type == GroupType::Password && document.password.is_some() && call.body.value("password").is_none();
    if !keeps_password {
        document.password = create::password_of(&call, wanted_type)?;
    }
    document.group_type = wanted_type;
    document.updated_at = Some(call.now);
    let (mut changes, mut written) = (Vec::new(), vec![documents::put(kind::CHANNEL, group.fact.id.as_str(), document)?]);
    if let Some(owner) = new_owner.filter(|owner| !group.is_owned_by(owner)) {
        transfer::to(&call, &mut group, &owner, &mut changes, &mut written)?;
    }
    call.commit(edit, changes, written).await?;
    Ok(Answer::of(render::one(&call, &group).await?))
}

/// Reads the fields that are kept as they come.
///
/// # Errors
/// Naming the field.
pub(super) fn read_shown(call: &Call, document: &mut GroupDocument) -> Result<(), CometError> {
    if document.name.chars().count() > MAX_CHARS {
        return Err(CometError::field("name", format!("The name may have at most {MAX_CHARS} characters.")));
    }
    if let Some(icon) = call.body.text("icon")? {
        document.icon = Some(icon.to_owned());
    }
    if let Some(description) = call.body.text("description")? {
        if description.chars().count() > MAX_DESCRIPTION_CHARS {
            return Err(CometError::field("description", format!("The description may have at most {MAX_DESCRIPTION_CHARS} characters.")));
        }
        document.description = Some(description.to_owned());
    }
    if let Some(metadata) = call.body.object("metadata")? {
        document.metadata = Some(metadata.raw().clone());
    }
    if let Some(tags) = call.body.texts("tags")? {
        if tags.len() > MAX_TAGS {
            return Err(CometError::field("tags", format!("There may be at most {MAX_TAGS} tags, got {}.", tags.len())));
        }
        document.tags = tags;
    }
    Ok(())
}

/// The error of somebody who would do to themselves what only others may do to them.
pub(in super::super) fn self_action(what: &str) -> CometError {
    CometError::new(Code::GroupNoSelfAction, format!("Nobody can {what} themselves."))
}
