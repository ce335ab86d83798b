//! The state of one app in ordered maps.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::ops::Bound;

use hallpass::{Change, Channel, ChannelId, Member, Relation, RelationKind, RoleGrants, User};
use serde_json::Value;

use crate::commit::DocumentKey;
use crate::fold::{GrantsKey, Kind, LOAD_ORDER, RelationKey, Section, State, fold, holder, relation_code};

#[derive(Debug, Default)]
pub(super) struct MemoryState {
    items: BTreeMap<(Kind, String), Change>,
    /// In the order in which they were last written.
    grants: Vec<(GrantsKey, Option<RoleGrants>)>,
    members: BTreeMap<ChannelId, BTreeMap<String, Member>>,
    memberships: BTreeMap<String, BTreeSet<ChannelId>>,
    relations: BTreeMap<RelationKey, Relation>,
    documents: BTreeMap<DocumentKey, Value>,
}

impl MemoryState {
    pub(super) fn fold_all(&mut self, changes: &[Change]) {
        for change in changes {
            let Ok(()) = fold(self, change);
        }
    }

    pub(super) fn load(&self, each: &mut dyn FnMut(Change)) {
        for section in LOAD_ORDER {
            match section {
                Section::Items(kind) => self.items(kind, None).for_each(|item| each(item.clone())),
                Section::Grants => self.grants.iter().for_each(|(key, grants)| each(grants_as_change(key, grants.as_ref()))),
                Section::Members => {
                    let members = self.members.values().flat_map(BTreeMap::values);
                    members.for_each(|member| each(Change::MemberPut(member.clone())));
                }
                Section::Relations => {
                    self.relations.values().for_each(|relation| each(Change::RelationPut(relation.clone())));
                }
            }
        }
    }

    fn items(&self, kind: Kind, after: Option<&str>) -> impl Iterator<Item = &Change> {
        let from = match after {
            Some(after) => Bound::Excluded((kind, after.to_owned())),
            None => Bound::Included((kind, String::new())),
        };
        self.items.range((from, Bound::Unbounded)).take_while(move |((of, _), _)| *of == kind).map(|(_, item)| item)
    }

    pub(super) fn users(&self, after: Option<&str>) -> impl Iterator<Item = User> {
        self.items(Kind::User, after).filter_map(|item| match item {
            Change::UserPut(user) => Some(user.clone()),
            _ => None,
        })
    }

    pub(super) fn channels(&self, channel_type: Option<&str>, after: Option<&ChannelId>) -> impl Iterator<Item = Channel> {
        self.items(Kind::Channel, after.map(ChannelId::as_str)).filter_map(move |item| match item {
            Change::ChannelPut(channel) if channel_type.is_none_or(|name| channel.id.channel_type() == name) => Some(channel.clone()),
            _ => None,
        })
    }

    pub(super) fn members(&self, channel: &ChannelId, after: Option<&str>) -> impl Iterator<Item = Member> {
        let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.to_owned()));
        let members = self.members.get(channel).into_iter();
        members.flat_map(move |members| members.range((from.clone(), Bound::Unbounded))).map(|(_, member)| member.clone())
    }

    pub(super) fn member_count(&self, channel: &ChannelId) -> usize {
        self.members.get(channel).map_or(0, BTreeMap::len)
    }

    pub(super) fn memberships(&self, user: &str, after: Option<&ChannelId>) -> impl Iterator<Item = Member> {
        let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.clone()));
        let channels = self.memberships.get(user).into_iter();
        channels
            .flat_map(move |channels| channels.range((from.clone(), Bound::Unbounded)))
            .filter_map(move |channel| self.members.get(channel)?.get(user).cloned())
    }

    pub(super) fn relations(&self, kind: RelationKind, user: Option<&str>, after: Option<&Relation>) -> impl Iterator<Item = Relation> {
        let after = after.map(RelationKey::of);
        self.relations
            .iter()
            .filter(move |(key, _)| key.kind == relation_code(kind) && user.is_none_or(|user| key.user == user))
            .filter(move |(key, _)| {
                after.as_ref().is_none_or(|after| (&key.user, &key.other, &key.channel) > (&after.user, &after.other, &after.channel))
            })
            .map(|(_, relation)| relation.clone())
    }

    pub(super) fn document(&self, kind: &str, id: &str) -> Option<&Value> {
        self.documents.get(&DocumentKey { kind: kind.to_owned(), id: id.to_owned() })
    }

    pub(super) fn scan_documents(&self, kind: &str, prefix: &str, after: Option<&str>) -> impl Iterator<Item = (String, Value)> {
        let from = DocumentKey { kind: kind.to_owned(), id: after.unwrap_or_default().max(prefix).to_owned() };
        self.documents
            .range(from..)
            .take_while(move |(key, _)| key.kind == kind && key.id.starts_with(prefix))
            .filter(move |(key, _)| after.is_none_or(|after| key.id.as_str() > after))
            .map(|(key, body)| (key.id.clone(), body.clone()))
    }

    pub(super) fn all_documents(&self) -> impl Iterator<Item = (DocumentKey, Value)> {
        self.documents.iter().map(|(key, body)| (key.clone(), body.clone()))
    }

    pub(super) fn put_document(&mut self, kind: &str, id: &str, body: Value) {
        self.documents.insert(DocumentKey { kind: kind.to_owned(), id: id.to_owned() }, body);
    }

    pub(super) fn delete_document(&mut self, kind: &str, id: &str) {
        self.documents.remove(&DocumentKey { kind: kind.to_owned(), id: id.to_owned() });
    }

    fn forget_membership(&mut self, channel: &ChannelId, user: &str) {
        if let Some(channels) = self.memberships.get_mut(user) {
            channels.remove(channel);
        }
    }
}

fn grants_as_change(key: &GrantsKey, grants: Option<&RoleGrants>) -> Change {
    match grants {
        Some(grants) => Change::GrantsPut(grants.clone()),
        None => key.reset(),
    }
}

impl State for MemoryState {
    type Error = Infallible;

    fn put_item(&mut self, kind: Kind, key: &str, item: &Change) -> Result<(), Infallible> {
        self.items.insert((kind, key.to_owned()), item.clone());
        Ok(())
    }

    fn remove_item(&mut self, kind: Kind, key: &str) -> Result<(), Infallible> {
        self.items.remove(&(kind, key.to_owned()));
        Ok(())
    }

    fn items_of(&mut self, user: &str) -> Result<Vec<Change>, Infallible> {
        Ok(self.items.values().filter(|item| !user.is_empty() && holder(item) == user).cloned().collect())
    }

    fn put_grants(&mut self, key: GrantsKey, grants: Option<&RoleGrants>) -> Result<(), Infallible> {
        self.grants.retain(|(other, _)| *other != key);
        self.grants.push((key, grants.cloned()));
        Ok(())
    }

    fn remove_grants_at(&mut self, level: &str) -> Result<(), Infallible> {
        self.grants.retain(|(key, _)| key.level != level);
        Ok(())
    }

    fn remove_grants_of(&mut self, role: &str) -> Result<(), Infallible> {
        self.grants.retain(|(key, _)| key.role != role);
        Ok(())
    }

    fn remove_permission(&mut self, id: &str) -> Result<(), Infallible> {
        for grants in self.grants.iter_mut().filter_map(|(_, grants)| grants.as_mut()) {
            grants.grants.retain(|grant| grant.permission != id);
        }
        Ok(())
    }

    fn put_member(&mut self, member: &Member) -> Result<(), Infallible> {
        self.memberships.entry(member.user.clone()).or_default().insert(member.channel.clone());
        let members = self.members.entry(member.channel.clone()).or_default();
        members.insert(member.user.clone(), member.clone());
        Ok(())
    }

    fn remove_member(&mut self, channel: &ChannelId, user: &str) -> Result<(), Infallible> {
        if let Some(members) = self.members.get_mut(channel) {
            members.remove(user);
        }
        self.forget_membership(channel, user);
        Ok(())
    }

    fn remove_memberships(&mut self, user: &str) -> Result<Vec<ChannelId>, Infallible> {
        let channels: Vec<_> = self.memberships.remove(user).unwrap_or_default().into_iter().collect();
        for channel in &channels {
            if let Some(members) = self.members.get_mut(channel) {
                members.remove(user);
            }
        }
        Ok(channels)
    }

    fn remove_members(&mut self, channel: &ChannelId) -> Result<(), Infallible> {
        for user in self.members.remove(channel).unwrap_or_default().into_keys() {
            self.forget_membership(channel, &user);
        }
        Ok(())
    }

    fn put_relation(&mut self, key: RelationKey, relation: &Relation) -> Result<(), Infallible> {
        let other = relation.other.clone().filter(|other| !other.is_empty());
        self.relations.insert(key, Relation { other, ..relation.clone() });
        Ok(())
    }

    fn remove_relation(&mut self, key: &RelationKey) -> Result<(), Infallible> {
        self.relations.remove(key);
        Ok(())
    }

    fn remove_relations_of(&mut self, user: &str) -> Result<(), Infallible> {
        self.relations.retain(|key, _| key.user != user && (key.other.is_empty() || key.other != user));
        Ok(())
    }

    fn remove_relations_in(&mut self, channel: &ChannelId) -> Result<(), Infallible> {
        self.relations.retain(|key, _| key.channel != channel.as_str());
        Ok(())
    }

    fn remove_document(&mut self, kind: &str, id: &str) -> Result<(), Infallible> {
        self.delete_document(kind, id);
        Ok(())
    }

    fn remove_documents_with_prefix(&mut self, kind: &str, prefix: &str) -> Result<(), Infallible> {
        self.documents.retain(|key, _| key.kind != kind || !key.id.starts_with(prefix));
        Ok(())
    }
}
