//! Adding many users to a group at once, and banning others in the same call. One who fails does not fail the others.

use hallpass::{Change, Member, Resource};
use hallpass_store::{DocumentWrite, kind, member_document_id};
use serde_json::{Map, Value, json};

use super::super::action;
use super::super::call::Call;
use super::super::documents;
use super::super::envelope::Answer;
use super::super::error::{Code, CometError};
use super::super::fields::Fields;
use super::super::group::{self, Group};
use super::{MemberDocument, ban, is_banned, within};
use crate::lock::Footprint;

/// Most users in one call; CometChat's limit.
const MOST: usize = 25;
/// The lists of a request, and the scope that each gives; who is in several counts in the first.
const LISTS: &[(&str, Option<&str>)] =
    &[("admins", Some("admin")), ("moderators", Some("moderator")), ("participants", Some("participant")), (TO_BAN, None)];
/// The list of those who are banned.
const TO_BAN: &str = "usersToBan";

/// The users that a request names, each once.
#[derive(Debug)]
pub(in super::super) struct Wanted(Vec<One>);

#[derive(Debug)]
struct One {
    list: &'static str,
    scope: Option<&'static str>,
    uid: String,
}

/// What became of each: list, id, result.
pub(in super::super) type Results = Vec<(&'static str, String, Value)>;

impl Wanted {
    /// Reads the lists of an object.
    ///
    /// # Errors
    /// When a list is none, or there are too many users.
    pub(in super::super) fn read(object: &Fields) -> Result<Self, CometError> {
        let mut wanted: Vec<One> = Vec::new();
        let mut named = 0;
        for (list, scope) in LISTS {
            let uids = object.texts(list)?.unwrap_or_default();
            named += uids.len();
            for uid in uids {
                if !wanted.iter().any(|before| before.uid.eq_ignore_ascii_case(&uid)) {
                    wanted.push(One { list, scope: *scope, uid });
                }
            }
        }
        if named > MOST {
            return Err(CometError::bad_request(format!("At most {MOST} users can be named in one call, got {named}.")));
        }
        Ok(Self(wanted))
    }

    /// Whether nobody is named.
    pub(in super::super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `POST /groups/{guid}/members` with a key, `PUT` with a user's token.
pub(in super::super) async fn add(call: Call) -> Result<Answer, CometError> {
    let group = group::of_path(&call).await?;
    let wanted = Wanted::read(&call.body)?;
    if wanted.is_empty() {
        return Err(CometError::bad_request("Name users in at least one of admins, moderators, participants, usersToBan."));
    }
    let results = with_all_lists(each(&call, &group, wanted).await?);
    Ok(Answer::of(results))
}

/// Adds and bans, and says of each user what became of them.
///
/// # Errors
/// When the caller may not do such a thing at all.
pub(in super::super) async fn each(call: &Call, group: &Group, wanted: Wanted) -> Result<Results, CometError> {
    permit(call, &wanted, Resource::channel(group.cid()))?;
    let Wanted(wanted) = wanted;
    let mut footprint = Footprint::facts().channel(group.cid());
    for one in &wanted {
        footprint = footprint.user(call.user(&one.uid).map_or_else(|| one.uid.clone(), |user| user.id));
    }
    let edit = call.edit(footprint).await?;
    let group = &group::find(call, group.guid()).await?;
    let (mut changes, mut written, mut done) = (Vec::new(), Vec::new(), Vec::new());
    for One { list, scope, uid } in wanted {
        let tried = match scope {
            Some(scope) => admit(call, group, &uid, scope, &mut changes, &mut written),
            None => turn_away(call, group, &uid, &mut changes, &mut written),
        };
        done.push((list, uid, tried));
    }
    call.commit(edit, changes, written).await?;

    let mut results = Results::new();
    for (list, named, tried) in done {
        let result = match tried {
            Ok(uid) if list == TO_BAN => json!({"success": true, "message": format!("The user with uid {uid} has been banned.")}),
            Ok(uid) => json!({"success": true, "data": action::of_member(call, group, "added", &uid).await?}),
            Err(error) => error.item(),
        };
        results.push((list, named, result));
    }
    Ok(results)
}

/// Whether the caller may do such things in a group at all.
///
/// # Errors
/// The refusal.
pub(in super::super) fn permit(call: &Call, wanted: &Wanted, channel: Resource<'_>) -> Result<(), CometError> {
    if wanted.0.len() > 1 {
        call.permit("ManageManyMembers", channel, &[])?;
    }
    if wanted.0.iter().any(|one| one.scope.is_some()) {
        call.permit_listing("AddMembers", channel)?;
    }
    if wanted.0.iter().any(|one| one.scope.is_none()) {
        call.permit_listing("BanMember", channel)?;
    }
    Ok(())
}

/// `{admins: {uid: result}, …}` with all four lists: the SDK reads each of them.
pub(in super::super) fn with_all_lists(results: Results) -> Value {
    let mut lists: Map<String, Value> = LISTS.iter().map(|(list, _)| ((*list).to_owned(), json!({}))).collect();
    for (list, uid, result) in results {
        if let Some(object) = lists.get_mut(list).and_then(Value::as_object_mut) {
            object.insert(uid, result);
        }
    }
    Value::Object(lists)
}

/// What adding one user changes; gives back their id as it is kept.
fn admit(
    call: &Call,
    group: &Group,
    named: &str,
    scope: &str,
    changes: &mut Vec<Change>,
    written: &mut Vec<DocumentWrite>,
) -> Result<String, CometError> {
    let uid = call.user(named).filter(|user| !user.deactivated).ok_or_else(|| CometError::no_user(named))?.id;
    call.permit("AddMembers", within(&uid, group), &[("given_scope", scope)])?;
    let engine = call.tenant.engine();
    if is_banned(call, group, &uid) {
        let text = format!("The user {uid} is banned from the group {}: lift the ban first.", group.guid());
        return Err(CometError::new(Code::BannedGroupMember, text));
    }
    if engine.member(group.cid(), &uid).is_some_and(|member| !member.invited) {
        let text = format!("The user {uid} has already joined the group {}.", group.guid());
        return Err(CometError::new(Code::AlreadyJoined, text));
    }
    let id = group.fact.id.clone();
    let scope = if group.is_owned_by(&uid) { group::OWNER_SCOPE } else { scope };
    written.push(documents::put(kind::MEMBER, &member_document_id(&id, &uid), &MemberDocument { joined_at: call.now })?);
    changes.push(Change::MemberPut(Member { channel: id, user: uid.clone(), roles: vec![scope.to_owned()], invited: false }));
    Ok(uid)
}

/// What banning one user changes; gives back their id as it is kept.
fn turn_away(
    call: &Call,
    group: &Group,
    named: &str,
    changes: &mut Vec<Change>,
    written: &mut Vec<DocumentWrite>,
) -> Result<String, CometError> {
    let uid = call.user(named).ok_or_else(|| CometError::no_user(named))?.id;
    if call.caller.user() == Some(uid.as_str()) {
        return Err(group::update::self_action("ban"));
    }
    ban::permit(call, group, &uid)?;
    ban::apply(call, group, &uid, changes, written)?;
    Ok(uid)
}
