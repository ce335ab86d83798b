//! `POST /channels/{type}/{id}`: the data of a channel, and its members.

use std::collections::BTreeMap;

use hallpass::{Change, Channel, ChannelId, Member, Resource};
use hallpass_store::{DocumentWrite, kind, member_document_id};

use super::super::call::{Answer, Call};
use super::super::documents::{self, MemberDocument};
use super::super::error::StreamError;
use super::super::event;
use super::super::message::remark::{self, Asks};
use super::super::message::render;
use super::draft::Draft;
use super::member::{DEFAULT_ROLE, MODERATOR, Membership};
use super::members::{self, BATCH, Wanted};
use super::told::{self, Fate};
use super::{data, id_of, live, state};
use crate::lock::Footprint;

/// `POST /channels/{type}/{id}`
pub(in super::super) async fn update(call: Call) -> Result<Answer, StreamError> {
    let id = id_of(&call)?;
    let request = Request::read(&call)?;
    let acting = call.acting_user()?;
    let said = remark::read(&call, &id, acting.as_deref())?;
    let edit = call.edit(remark::touched(Footprint::facts().channel(id.as_str()), said.as_ref())).await?;
    let fact = live(&call, &id)?;
    let mut draft = Draft::open(&call, fact.clone()).await?;

    let resource = Resource::channel(id.as_str());
    if let Some(fields) = call.body.object("data")? {
        data::server_fields(&call, &fields)?;
        call.permit("UpdateChannel", resource)?;
        data::apply(&call, &mut draft, &fields)?;
        data::set_custom(&mut draft, "data.custom", call.dialect.custom_of(&fields, data::KNOWN)?)?;
        if fields.has("created_by_id") || fields.has("created_by") {
            set_owner(&call, &mut draft, &fields)?;
        }
    }
    if call.body.has("cooldown") {
        data::apply_cooldown(&mut draft, &call.body)?;
    }
    tags(&call, &mut draft)?;
    data::permit_team(&call, &draft, resource)?;
    data::permit_settings(&call, &draft, resource)?;
    request.permit(&call, &fact)?;
    let reported = match &said {
        Some(said) => remark::permit(&call, &fact, said, Asks::Posting).await?,
        None => Vec::new(),
    };

    let mut roster = Roster::of(&call, &id, request.everyone(acting.as_deref())).await?;
    request.apply(&call, &mut roster, &draft, acting.as_deref())?;
    let fates = roster.fates(&call, request.reject);
    let (changes_of_members, mut written) = roster.write(&call)?;
    let (change, document) = draft.write(&call)?;
    let changes = change.into_iter().chain(changes_of_members).collect();
    written.push(document);
    written.extend(reported);
    if let Some(said) = &said {
        written.extend(remark::write(&call, said)?);
    }
    call.commit_from(edit, "data.config_overrides.", changes, written).await?;
    if ["data", "cooldown", "add_filter_tags", "remove_filter_tags"].into_iter().any(|name| call.body.has(name)) {
        event::told(told::updated(&call, &id, acting.as_deref())).await;
    }
    event::told(told::joined(&call, &id, acting.as_deref(), &fates)).await;
    remark::tell(&call, said.as_ref()).await;
    let mut answer = state::updated(&call, &id, &request.touched(acting.as_deref()), acting.as_deref()).await?;
    if let Some(said) = &said {
        answer.insert("message".to_owned(), render::one(&call, said, acting.as_deref()).await?);
    }
    Ok(answer)
}

fn set_owner(call: &Call, draft: &mut Draft, fields: &super::super::fields::Fields) -> Result<(), StreamError> {
    let named = match fields.text("created_by_id")?.filter(|id| !id.is_empty()) {
        Some(id) => Some(id.to_owned()),
        None => fields.object("created_by")?.and_then(|user| user.text("id").ok().flatten().map(str::to_owned)),
    };
    // Clients send back what they were sent.
    let Some(id) = named.filter(|id| draft.fact.owner.as_ref() != Some(id)) else { return Ok(()) };
    call.server_only("changing created_by")?;
    members::must_exist(call.tenant.engine(), [id.as_str()])?;
    draft.fact.owner = Some(id);
    Ok(())
}

fn tags(call: &Call, draft: &mut Draft) -> Result<(), StreamError> {
    let (add, remove) = (call.body.texts("add_filter_tags")?, call.body.texts("remove_filter_tags")?);
    if add.is_some() || remove.is_some() {
        call.server_only("changing filter_tags")?;
    }
    for tag in add.unwrap_or_default() {
        if !draft.document.filter_tags.contains(&tag) {
            draft.document.filter_tags.push(tag);
        }
    }
    let remove = remove.unwrap_or_default();
    draft.document.filter_tags.retain(|tag| !remove.contains(tag));
    Ok(())
}

/// What a request wants of the members.
struct Request {
    add: Vec<Wanted>,
    invite: Vec<Wanted>,
    assign: Vec<Wanted>,
    remove: Vec<String>,
    promote: Vec<String>,
    demote: Vec<String>,
    accept: bool,
    reject: bool,
}

impl Request {
    fn read(call: &Call) -> Result<Self, StreamError> {
        let body = &call.body;
        let ids = |name: &str| {
            let ids = body.texts(name)?.unwrap_or_default();
            if ids.len() <= BATCH {
                Ok(ids)
            } else {
                Err(StreamError::field(name, format!("at most {BATCH} members at a time, got {}", ids.len())))
            }
        };
        let request = Self {
            add: members::read(call, body, "add_members")?,
            invite: members::read(call, body, "invites")?,
            assign: members::read(call, body, "assign_roles")?,
            remove: ids("remove_members")?,
            promote: ids("add_moderators")?,
            demote: ids("demote_moderators")?,
            accept: body.flag("accept_invite")?.unwrap_or(false),
            reject: body.flag("reject_invite")?.unwrap_or(false),
        };
        if request.accept && request.reject {
            return Err(StreamError::input("accept_invite and reject_invite exclude each other"));
        }
        if let Some(at) = request.assign.iter().position(|wanted| wanted.role.is_none()) {
            return Err(StreamError::field(&format!("assign_roles[{at}].channel_role"), "is required"));
        }
        Ok(request)
    }

    /// Those that the answer shows first.
    fn touched(&self, acting: Option<&str>) -> Vec<String> {
        let wanted = self.add.iter().chain(&self.assign).chain(&self.invite).map(|wanted| wanted.user.clone());
        let named = self.promote.iter().chain(&self.demote).cloned();
        let own = acting.filter(|_| self.accept || self.reject).map(str::to_owned);
        wanted.chain(named).chain(own).collect()
    }

    fn everyone(&self, acting: Option<&str>) -> Vec<String> {
        self.touched(acting).into_iter().chain(self.remove.iter().cloned()).collect()
    }

    /// Asks whether the caller may do this to the members. Joining and leaving have permissions of their own, which those who may
    /// change all members do not need.
    fn permit(&self, call: &Call, channel: &Channel) -> Result<(), StreamError> {
        let resource = Resource::channel(channel.id.as_str());
        let own = call.caller.user();
        let only_own = |mut ids: Box<dyn Iterator<Item = &str> + '_>| ids.all(|id| Some(id) == own);
        if !self.add.is_empty() {
            let joins = only_own(Box::new(self.add.iter().map(|wanted| wanted.user.as_str())));
            either(call, resource, joins.then_some("AddOwnChannelMembership"))?;
        }
        if !self.remove.is_empty() {
            let leaves = only_own(Box::new(self.remove.iter().map(String::as_str)));
            either(call, resource, leaves.then_some("RemoveOwnChannelMembership"))?;
        }
        if !self.invite.is_empty() {
            either(call, resource, None)?;
        }
        let special = |wanted: &Wanted| wanted.role.as_deref().is_some_and(|role| role != DEFAULT_ROLE);
        if self.add.iter().chain(&self.invite).any(special) {
            call.server_only("giving a channel role")?;
        }
        if !self.assign.is_empty() || !self.promote.is_empty() || !self.demote.is_empty() {
            call.server_only("changing channel roles")?;
        }
        Ok(())
    }

    fn apply(&self, call: &Call, roster: &mut Roster, draft: &Draft, acting: Option<&str>) -> Result<(), StreamError> {
        let engine = call.tenant.engine();
        let newcomers =
            self.add.iter().chain(&self.invite).map(|wanted| wanted.user.as_str()).chain(self.promote.iter().map(String::as_str));
        let newcomers: Vec<&str> = newcomers.collect();
        members::must_exist(engine, newcomers.iter().copied())?;
        let named_by = &draft.document.distinct_members;
        let stranger = |id: &&str| !roster.has(id) && !named_by.iter().any(|member| member == id);
        if draft.document.is_distinct() && newcomers.iter().any(stranger) {
            return Err(StreamError::not_allowed(
                "cannot add members to the distinct channel they don't belong to, please create a new distinct channel with the desired members",
            )
            .with("reason", "distinct_channel"));
        }
        for wanted in &self.add {
            roster.add(call, wanted, false);
        }
        for wanted in &self.invite {
            roster.add(call, wanted, true);
        }
        for id in &self.promote {
            let wanted = Wanted { user: id.clone(), role: None, custom: serde_json::Map::new() };
            roster.add(call, &wanted, false);
            roster.give(call, id, MODERATOR)?;
        }
        for id in &self.demote {
            roster.give(call, id, DEFAULT_ROLE)?;
        }
        for wanted in &self.assign {
            roster.give(call, &wanted.user, wanted.role.as_deref().unwrap_or(DEFAULT_ROLE))?;
        }
        if self.accept || self.reject {
            let id = acting.ok_or_else(|| StreamError::field("user_id", "is required: whose invitation is it?"))?;
            roster.answer(call, id, self.accept)?;
        }
        for id in &self.remove {
            roster.remove(id);
        }
        Ok(())
    }
}

/// Asks for the action of one's own, where there is one, and else (or if it is refused) for changing all members.
fn either(call: &Call, resource: Resource<'_>, own: Option<&'static str>) -> Result<(), StreamError> {
    let Some(own) = own else { return call.permit("UpdateChannelMembers", resource) };
    call.permit(own, resource).or_else(|refusal| call.permit("UpdateChannelMembers", resource).map_err(|_| refusal))
}

/// The members that a request is about, as they are to be.
struct Roster {
    channel: ChannelId,
    members: BTreeMap<String, Membership>,
    changed: std::collections::BTreeSet<String>,
}

impl Roster {
    async fn of(call: &Call, channel: &ChannelId, ids: Vec<String>) -> Result<Self, StreamError> {
        let members = members::some(call, channel, &ids).await?;
        let members = members.into_iter().map(|member| (member.fact.user.clone(), member)).collect();
        Ok(Self { channel: channel.clone(), members, changed: std::collections::BTreeSet::new() })
    }

    fn has(&self, id: &str) -> bool {
        self.members.contains_key(id)
    }

    /// Adds or invites; a member stays one, with a role and custom fields that are named.
    fn add(&mut self, call: &Call, wanted: &Wanted, invited: bool) {
        let fresh = || Membership {
            fact: Member { channel: self.channel.clone(), user: wanted.user.clone(), roles: Vec::new(), invited },
            document: MemberDocument { created_at: call.now, ..MemberDocument::default() },
            shadow_banned: false,
        };
        let member = self.members.entry(wanted.user.clone()).or_insert_with(fresh);
        member.fact.invited &= invited;
        if let Some(role) = &wanted.role {
            member.fact.roles = vec![role.clone()];
        }
        if !wanted.custom.is_empty() {
            member.document.custom.clone_from(&wanted.custom);
        }
        self.touch(call, &wanted.user);
    }

    fn give(&mut self, call: &Call, id: &str, role: &str) -> Result<(), StreamError> {
        let channel = &self.channel;
        let no_member = || StreamError::input(format!("user '{id}' is not a member of channel '{channel}'")).with("reason", "not_member");
        self.members.get_mut(id).ok_or_else(no_member)?.fact.roles = vec![role.to_owned()];
        self.touch(call, id);
        Ok(())
    }

    fn answer(&mut self, call: &Call, id: &str, accept: bool) -> Result<(), StreamError> {
        let channel = &self.channel;
        let member = self.members.get_mut(id).filter(|member| member.fact.invited).ok_or_else(|| {
            StreamError::input(format!("user '{id}' has no open invitation to channel '{channel}'")).with("reason", "not_invited")
        })?;
        if accept {
            member.fact.invited = false;
            member.document.invite_accepted_at = Some(call.now);
            member.document.invite_rejected_at = None;
        } else {
            member.document.invite_rejected_at = Some(call.now);
        }
        self.touch(call, id);
        Ok(())
    }

    fn remove(&mut self, id: &str) {
        if self.members.remove(id).is_some() {
            self.changed.insert(id.to_owned());
        }
    }

    fn touch(&mut self, call: &Call, id: &str) {
        if let Some(member) = self.members.get_mut(id) {
            member.document.updated_at = call.now;
            self.changed.insert(id.to_owned());
        }
    }

    /// What becomes of those who change.
    fn fates(&self, call: &Call, rejects: bool) -> Vec<(String, Fate)> {
        let engine = call.tenant.engine();
        let fate = |id: &String| Some((id.clone(), Fate::of(engine, &self.channel, id, self.members.get(id), rejects)?));
        self.changed.iter().filter_map(fate).collect()
    }

    fn write(mut self, call: &Call) -> Result<(Vec<Change>, Vec<DocumentWrite>), StreamError> {
        let engine = call.tenant.engine();
        let (mut changes, mut written) = (Vec::new(), Vec::new());
        for id in &self.changed {
            let document_id = member_document_id(&self.channel, id);
            let before = engine.member(self.channel.as_str(), id);
            match self.members.remove(id) {
                Some(member) => {
                    if before.as_ref() != Some(&member.fact) {
                        changes.push(Change::MemberPut(member.fact));
                    }
                    written.push(documents::put(kind::MEMBER, &document_id, &member.document)?);
                }
                None if before.is_some() => {
                    changes.push(Change::MemberRemoved { channel: self.channel.clone(), user: id.clone() });
                    written.push(DocumentWrite::delete(kind::MEMBER, document_id));
                }
                None => {}
            }
        }
        Ok((changes, written))
    }
}
