//! Get-or-create: `POST /channels/{type}/{id}/query`, and without an id for channels that are named by their members.

use std::collections::BTreeSet;

use hallpass::{Change, Channel, ChannelId, GivenSubject, Member, Resource};
use hallpass_store::{kind, member_document_id};
use sha2::{Digest as _, Sha256};

use super::super::call::{Answer, Call};
use super::super::caller::Caller;
use super::super::documents::{self, MemberDocument};
use super::super::error::StreamError;
use super::super::event;
use super::super::fields::Fields;
use super::super::live::watch;
use super::super::message::purge;
use super::super::message::sight::Sight;
use super::super::message::window::{self, Window};
use super::super::poll;
use super::draft::Draft;
use super::member::DEFAULT_ROLE;
use super::members::{self, Wanted};
use super::render::Types;
use super::told::{self, Fate};
use super::{DISTINCT, data, good_id, id_of, state, type_of};
use crate::lock::Footprint;

/// Most members in an answer.
const MEMBERS: u64 = 300;

/// `POST /channels/{type}/{id}/query`
pub(in super::super) async fn with_id(call: Call) -> Result<Answer, StreamError> {
    let id = id_of(&call)?;
    let request = Request::read(&call)?;
    open(&call, id, request, Vec::new()).await
}

/// `POST /channels/{type}/query`: the one channel of just these members.
pub(in super::super) async fn distinct(call: Call) -> Result<Answer, StreamError> {
    let channel_type = type_of(&call)?;
    let request = Request::read(&call)?;
    let members: BTreeSet<String> = request.members.iter().map(|member| member.user.clone()).collect();
    if members.is_empty() {
        return Err(StreamError::field("data.members", "is required for a channel without an id"));
    }
    let id = ChannelId::new(&channel_type, &distinct_id(&members)).map_err(StreamError::internal)?;
    open(&call, id, request, members.into_iter().collect()).await
}

/// The id of the channel of these members: the same whoever names them, in whatever order.
pub(super) fn distinct_id(members: &BTreeSet<String>) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    /// Characters, 5 bits each: two lists of members meet by chance with a probability of 2^-200.
    const CHARS: usize = 40;
    let mut hash = Sha256::new();
    for member in members {
        // Lengths first, so that ["ab", "c"] and ["a", "bc"] differ.
        hash.update(u64::try_from(member.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(member);
    }
    let digest = hash.finalize();
    let bit = |at: usize| digest.get(at / 8).map_or(0, |byte| (byte >> (at % 8)) & 1);
    let char_at = |at: usize| {
        let index = (0..5).fold(0_usize, |index, low| index << 1 | usize::from(bit(at * 5 + low)));
        ALPHABET.get(index).copied().map_or('a', char::from)
    };
    (0..CHARS).map(char_at).fold(DISTINCT.to_owned(), |mut id, letter| {
        id.push(letter);
        id
    })
}

/// What a request says.
struct Request {
    data: Fields,
    members: Vec<Wanted>,
    invites: Vec<Wanted>,
    member_limit: usize,
}

impl Request {
    fn read(call: &Call) -> Result<Self, StreamError> {
        let data = call.body.object("data")?.unwrap_or_default();
        let members = members::read(call, &data, "members")?;
        let mut invites = members::read(call, &data, "invites")?;
        invites.retain(|invited| !members.iter().any(|member| member.user == invited.user));
        let limit = match call.body.object("members")? {
            Some(page) => page.number("limit", 0..=MEMBERS)?.filter(|limit| *limit > 0),
            None => None,
        };
        let member_limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(members::SHOWN);
        Ok(Self { data, members, invites, member_limit })
    }
}

impl Request {
    /// What becomes of those who are named, in a channel that is new.
    fn fates(&self) -> Vec<(String, Fate)> {
        let members = self.members.iter().map(|wanted| (wanted.user.clone(), Fate::Added));
        members.chain(self.invites.iter().map(|wanted| (wanted.user.clone(), Fate::Invited))).collect()
    }
}

async fn open(call: &Call, id: ChannelId, request: Request, named_by: Vec<String>) -> Result<Answer, StreamError> {
    let member_limit = request.member_limit;
    let mut acting = call.acting_user()?;
    let there = |channel: Option<Channel>| channel.filter(|channel| !channel.deleted);
    if there(call.tenant.engine().channel(id.as_str())).is_none() {
        // Made again, it takes old messages and polls away, of which nobody may change any meanwhile.
        let is_again = call.tenant.engine().channel(id.as_str()).is_some();
        let edit = call.edit(if is_again { Footprint::policy() } else { Footprint::facts().channel(id.as_str()) }).await?;
        // Somebody may have made it while this waited.
        if there(edit.engine().channel(id.as_str())).is_none() {
            let fates = request.fates();
            let creator = create(call, edit, &id, request, named_by).await?;
            acting = acting.or(Some(creator));
            let answer = answer(call, &id, acting.as_deref(), member_limit).await;
            event::told(told::created(call, &id, acting.as_deref(), &fates)).await;
            return answer;
        }
    }
    call.permit("ReadChannel", Resource::channel(id.as_str()))?;
    answer(call, &id, acting.as_deref(), member_limit).await
}

async fn answer(call: &Call, id: &ChannelId, acting: Option<&str>, member_limit: usize) -> Result<Answer, StreamError> {
    watch::start(call, std::slice::from_ref(id)).await?;
    let fact = super::live(call, id)?;
    let shown = state::shown(call, fact).await?;
    let sight = Sight::of(call, id.as_str(), acting);
    let window = Window::read(call, &call.body.object("messages")?.unwrap_or_default(), window::DEFAULT, id.as_str(), &sight).await?;
    state::render(call, &shown, &Types::of(call).await?, acting, member_limit, &window).await
}

async fn create(
    call: &Call,
    edit: crate::edit::Edit,
    id: &ChannelId,
    request: Request,
    named_by: Vec<String>,
) -> Result<String, StreamError> {
    let deleted = edit.engine().channel(id.as_str());
    if named_by.is_empty() {
        good_id(id.id())?;
        if id.id().starts_with(DISTINCT) && deleted.is_none() {
            return Err(StreamError::field("id", format!("ids that start with '{DISTINCT}' are given to channels without one")));
        }
    }
    let creator = creator(call, &request.data)?;
    let everyone = request.members.iter().chain(&request.invites);
    members::must_exist(edit.engine(), everyone.map(|member| member.user.as_str()).chain(creator.as_deref()))?;
    let mut draft = Draft::new(call, id.clone());
    draft.fact.owner = creator.clone();
    data::apply(call, &mut draft, &request.data)?;
    data::set_custom(&mut draft, "data.custom", call.dialect.custom_of(&request.data, data::KNOWN)?)?;
    permit(call, &draft, &request, deleted.as_ref(), !named_by.is_empty())?;
    draft.document.distinct_members = match &deleted {
        // Made again under its id, it is still the channel of those members.
        Some(_) if named_by.is_empty() => documents::channel(&call.tenant, id).await?.map(|old| old.distinct_members).unwrap_or_default(),
        _ => named_by,
    };

    let mut changes = Vec::new();
    if deleted.is_some() {
        // Made again, it starts empty: whoever was a member or was banned is not any more.
        changes.push(Change::ChannelRemoved { id: id.clone() });
    }
    let (change, document) = draft.write(call)?;
    changes.extend(change);
    let mut written = vec![document];
    if deleted.is_some() {
        written.extend(purge::of_channel(call, id.as_str(), call.now).await?);
        written.extend(poll::document::left(call, &[id.as_str()].into()).await?);
    }
    for (wanted, invited) in request.members.into_iter().map(|one| (one, false)).chain(request.invites.into_iter().map(|one| (one, true))) {
        let document = MemberDocument { custom: wanted.custom, created_at: call.now, updated_at: call.now, ..MemberDocument::default() };
        written.push(documents::put(kind::MEMBER, &member_document_id(id, &wanted.user), &document)?);
        let roles = wanted.role.into_iter().collect();
        changes.push(Change::MemberPut(Member { channel: id.clone(), user: wanted.user, roles, invited }));
    }
    call.commit_from(edit, "data.config_overrides.", changes, written).await?;
    Ok(creator.unwrap_or_default())
}

/// Who will own the channel: the caller, or the user that the back end names.
fn creator(call: &Call, data: &Fields) -> Result<Option<String>, StreamError> {
    let named = match data.text("created_by_id")?.filter(|id| !id.is_empty()) {
        Some(id) => Some(id.to_owned()),
        None => data.object("created_by")?.map(|user| user.required_text("id").map(str::to_owned)).transpose()?,
    };
    match (&call.caller, named) {
        (Caller::Server, Some(id)) => Ok(Some(id)),
        (Caller::Server, None) => {
            Err(StreamError::input("either data.created_by or data.created_by_id must be provided when using server side auth."))
        }
        (Caller::User(id), Some(named)) if named != *id => {
            call.server_only("creating a channel for somebody else")?;
            Ok(Some(named))
        }
        (Caller::User(id), _) => Ok(Some(id.clone())),
        (Caller::Anonymous(_), _) => Ok(None),
    }
}

fn permit(call: &Call, draft: &Draft, request: &Request, deleted: Option<&Channel>, distinct: bool) -> Result<(), StreamError> {
    let user = call.caller.user();
    let is_among = request.members.iter().any(|member| Some(member.user.as_str()) == user);
    // What is about to be true: a creator who is among the members is asked as a member.
    let given = GivenSubject { channel_roles: Some(if is_among { &[DEFAULT_ROLE] } else { &[] }), ..GivenSubject::default() };
    let team = draft.fact.team.as_deref().unwrap_or_default();
    let channel = Resource::channel(draft.fact.id.as_str()).of_team(team).hypothetical();
    // "" is nobody: where the caller has no name, or the old owner is gone.
    let own = channel.owned_by(user.unwrap_or_default());
    match deleted {
        None => call.permit_as("CreateChannel", own, given)?,
        // Whose it was, not whose it will be: else everybody would own what they take over.
        Some(old) => call.permit_as("RecreateChannel", channel.owned_by(old.owner.as_deref().unwrap_or_default()), given)?,
    }
    if distinct && !is_among {
        call.permit_as("CreateDistinctChannelForOthers", own, given)?;
    }
    data::server_fields(call, &request.data)?;
    data::permit_settings(call, draft, own)?;
    let with_role =
        request.members.iter().chain(&request.invites).any(|member| member.role.as_deref().is_some_and(|role| role != DEFAULT_ROLE));
    if with_role {
        call.server_only("giving a channel role")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_members_always_have_the_same_channel() {
        let id = |members: &[&str]| distinct_id(&members.iter().map(|member| (*member).to_owned()).collect());
        assert_eq!(id(&["ana", "ben"]), id(&["ben", "ana", "ana"]));
        assert_ne!(id(&["ana", "ben"]), id(&["an", "aben"]));
        assert!(good_id(&id(&["ana", "ben"])).is_ok());
        assert_eq!(id(&["ana", "ben"]).len(), DISTINCT.len() + 40);
    }
}
