//! `POST /groups`

use hallpass::{Change, Channel, Member, Resource};
use hallpass_store::{kind, member_document_id};

use super::super::call::Call;
use super::super::documents;
use super::super::envelope::Answer;
use super::super::error::{Code, CometError};
use super::super::member::{MemberDocument, add};
use super::password::Password;
use super::{Group, GroupDocument, GroupType, MAX_CHARS, OWNER_SCOPE, channel_id, render, update};
use crate::lock::Footprint;

/// `POST /groups`: whoever creates it owns it; the app may name somebody else, or nobody.
pub(in super::super) async fn create(call: Call) -> Result<Answer, CometError> {
    let guid = good_guid(call.body.required_text("guid")?)?;
    let name = call.body.required_text("name")?.to_owned();
    let Some(group_type) = GroupType::read(&call)? else { return Err(CometError::field("type", "The type field is required.")) };
    let members = call.body.object("members")?.unwrap_or_default();
    let wanted = add::Wanted::read(&members)?;
    let mut document = GroupDocument { name, group_type, created_at: call.now, ..GroupDocument::default() };
    update::read_shown(&call, &mut document)?;
    document.password = password_of(&call, group_type)?;
    let owner = match call.caller.user() {
        Some(user) => Some(user.to_owned()),
        None => {
            call.body.text("owner")?.map(|uid| call.user(uid).map(|user| user.id).ok_or_else(|| CometError::no_user(uid))).transpose()?
        }
    };

    call.permit("CreateGroup", Resource::app(), &[("group_type", group_type.name())])?;
    let id = channel_id(&guid)?;
    if let Some(user) = call.caller.user() {
        // As the owner that they will be; a refusal must come before anything is made.
        add::permit(&call, &wanted, Resource::channel(id.as_str()).hypothetical().owned_by(user))?;
    }
    let mut footprint = Footprint::facts().channel(id.as_str());
    if let Some(owner) = &owner {
        footprint = footprint.user(owner);
    }
    let edit = call.edit(footprint).await?;
    if edit.engine().channel(id.as_str()).is_some() {
        return Err(CometError::new(Code::GuidAlreadyExists, format!("The GUID {guid} already exists.")));
    }
    let fact = Channel { owner: owner.clone(), ..Channel::new(id.clone()) };
    let mut changes = vec![Change::ChannelPut(fact.clone())];
    let mut written = vec![documents::put(kind::CHANNEL, id.as_str(), &document)?];
    if let Some(owner) = owner {
        let joined = MemberDocument { joined_at: call.now };
        written.push(documents::put(kind::MEMBER, &member_document_id(&id, &owner), &joined)?);
        changes.push(Change::MemberPut(Member { channel: id, user: owner, roles: vec![OWNER_SCOPE.to_owned()], invited: false }));
    }
    call.commit(edit, changes, written).await?;

    let group = Group { fact, document };
    let results = if wanted.is_empty() { None } else { Some(add::each(&call, &group, wanted).await?) };
    let mut shown = render::one(&call, &group).await?;
    if let (Some(results), Some(object)) = (results, shown.as_object_mut()) {
        object.insert("members".to_owned(), serde_json::json!({ "data": add::with_all_lists(results) }));
    }
    Ok(Answer::of(shown))
}

/// The password of a group of this type: required where it is one with a password, and nothing elsewhere.
pub(super) fn password_of(call: &Call, group_type: GroupType) -> Result<Option<Password>, CometError> {
    let given = call.body.text("password")?.filter(|password| !password.is_empty());
    match (group_type, given) {
        (GroupType::Password, None) => Err(CometError::new(Code::EmptyGroupPass, "A group of the type password needs the field password.")),
        (GroupType::Password, Some(password)) if password.chars().count() > MAX_CHARS => {
            Err(CometError::field("password", format!("The password may have at most {MAX_CHARS} characters.")))
        }
        (GroupType::Password, Some(password)) => Ok(Some(Password::of(password))),
        (GroupType::Public | GroupType::Private, _) => Ok(None),
    }
}

/// Ids are letters, digits, `-`, `_`, at most 100, kept in lower case.
fn good_guid(guid: &str) -> Result<String, CometError> {
    let is_good = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    if guid.chars().count() > MAX_CHARS || !guid.chars().all(is_good) {
        let text = format!("The guid must be at most {MAX_CHARS} letters, digits, hyphens and underscores, got \"{}\".", shortened(guid));
        return Err(CometError::field("guid", text));
    }
    Ok(guid.to_lowercase())
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}
