//! Which channels fit a filter. What costs nothing is looked at first, so that documents are read only of channels that may still fit.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::Channel;
use hallpass_store::kind;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::documents::{self, ChannelDocument};
use super::super::error::StreamError;
use super::super::filter::{Filter, Row};
use super::super::message::document::activity;
use super::super::moderation::mute_channel;
use super::super::sort::Sort;
use super::draft::unwritten;
use super::render::Shown;
use super::state;
use super::visit::{self, Visit};
use crate::limits::LOOKUPS;

/// Fields that facts decide, whatever custom fields a channel has.
const FACTS: &[&str] = &["cid", "id", "type", "created_by_id", "frozen", "disabled", "team", "cooldown", "joined", "invite", "muted"];

/// A filter that channels are asked about, for a user.
pub(super) struct Fitting<'a> {
    call: &'a Call,
    filter: &'a Filter,
    acting: Option<&'a str>,
    /// Facts alone may tell that a channel does not fit.
    facts_decide: bool,
    /// Users that the filter asks about as members.
    named: BTreeSet<&'a str>,
    asks: Asks,
}

/// What filter or sort look at that has to be read for each channel.
#[derive(Debug, Clone, Copy)]
struct Asks {
    hidden: bool,
    member_count: bool,
    /// Members that have to be known to compare all of them with a list.
    members: Option<usize>,
}

impl<'a> Fitting<'a> {
    /// Channels that fit `filter`, to be ordered by `sort`. `acting` is the user whose own membership the filter may speak of.
    pub(super) fn new(call: &'a Call, filter: &'a Filter, sort: Option<&Sort>, acting: Option<&'a str>) -> Self {
        let asks = |field| filter.asks(field) || sort.is_some_and(|sort| sort.asks(field));
        let asks =
            Asks { hidden: acting.is_some() && asks("hidden"), member_count: asks("member_count"), members: filter.longest("members") };
        let facts_decide = FACTS.iter().any(|field| filter.asks(field)) || (filter.asks("members") && asks.members.is_none());
        Self { call, filter, acting, facts_decide, named: filter.named("members"), asks }
    }

    /// Those of some channels that fit, as the filter sees them.
    pub(super) async fn of(&self, channels: Vec<Channel>) -> Result<Vec<(Row, Shown)>, StreamError> {
        let fits_by_facts = |channel: &Channel| {
            let shown = Shown { fact: channel.clone(), document: ChannelDocument::default(), member_count: 0 };
            self.filter.verdict(&self.row(&shown, None), &|field| self.is_fact(field)) != Some(false)
        };
        // Each member that is named is looked for in each channel: the more there are, the sooner others get their turn.
        let at_once = (LOOKUPS / (self.named.len() + 1)).max(1);
        let mut may_fit = Vec::new();
        for some in channels.chunks(at_once) {
            may_fit.extend(some.iter().filter(|channel| !self.facts_decide || fits_by_facts(channel)).cloned());
            tokio::task::yield_now().await;
        }
        let channels = may_fit;
        let ids: Vec<String> = channels.iter().map(|channel| channel.id.as_str().to_owned()).collect();
        let activity = activity(self.call, ids.clone()).await?;
        let visits = match self.acting.filter(|_| self.asks.hidden) {
            Some(user) => visit::of_channels(self.call, user, &ids).await?,
            None => BTreeMap::new(),
        };
        let mut documents = documents::several::<ChannelDocument>(&self.call.tenant, kind::CHANNEL, ids).await?;
        let mut fitting = Vec::new();
        for fact in channels {
            let cid = fact.id.as_str();
            let (document, active) = (documents.remove(cid), activity.get(cid).map(|activity| activity.at));
            let made = document.as_ref().map(|document| document.created_at);
            let hidden = visits.get(cid).is_some_and(|visit: &Visit| visit.hides_since(made, active));
            let mut document = document.unwrap_or_else(|| unwritten(self.call));
            document.last_message_at = active;
            let mut shown = Shown { fact, document, member_count: 0 };
            let mut row = self.row(&shown, Some(hidden));
            if self.filter.verdict(&row, &|field| !self.is_counted(field)) == Some(false) {
                continue;
            }
            if self.asks.member_count {
                shown.member_count = state::member_count(self.call, &shown.fact.id).await?;
                row.insert("member_count".to_owned(), json!(shown.member_count));
            }
            if let Some(longest) = self.asks.members {
                row.insert("members".to_owned(), json!(self.members(&shown.fact, longest).await?));
            }
            if self.filter.accepts(&row) {
                fitting.push((row, shown));
            }
        }
        Ok(fitting)
    }

    fn is_fact(&self, field: &str) -> bool {
        FACTS.contains(&field) || (field == "members" && self.asks.members.is_none()) || (field == "hidden" && !self.asks.hidden)
    }

    /// Whether a field is known only once the members of a channel were counted.
    fn is_counted(&self, field: &str) -> bool {
        field == "member_count" || (field == "members" && self.asks.members.is_some())
    }

    /// A channel as the filter sees it. Of its members, it sees those that it asks about.
    fn row(&self, shown: &Shown, hidden: Option<bool>) -> Row {
        let engine = self.call.tenant.engine();
        let id = &shown.fact.id;
        let is_member = |user: &&&str| engine.member(id.as_str(), user).is_some();
        let mut row = shown.row(self.named.iter().filter(is_member).map(|user| (*user).to_owned()).collect());
        let own = self.acting.and_then(|user| engine.member(id.as_str(), user));
        row.insert("joined".to_owned(), json!(own.as_ref().is_some_and(|member| !member.invited)));
        let invite = match &own {
            Some(member) if member.invited => json!("pending"),
            Some(_) => json!("accepted"),
            None => Value::Null,
        };
        row.insert("invite".to_owned(), invite);
        let muted = self.acting.is_some_and(|user| mute_channel::muted(self.call, user, id).is_some());
        row.insert("muted".to_owned(), json!(muted));
        row.extend(hidden.map(|hidden| ("hidden".to_owned(), json!(hidden))));
        row
    }

    /// Enough members to tell whether they are those of a list: those that the filter names, and one more than the longest list has.
    async fn members(&self, channel: &Channel, longest: usize) -> Result<BTreeSet<String>, StreamError> {
        let (engine, id) = (self.call.tenant.engine(), channel.id.clone());
        let limit = longest.saturating_add(1);
        let read = self.call.tenant.read(move |store, app| store.members(app, &id, None, limit));
        let some = read.await.map_err(StreamError::internal)?.into_iter().map(|member| member.user);
        let named = self.named.iter().filter(|user| engine.member(channel.id.as_str(), user).is_some()).map(|user| (*user).to_owned());
        Ok(some.chain(named).collect())
    }
}
