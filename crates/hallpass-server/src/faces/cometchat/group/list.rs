//! `GET /groups`: the directory of groups.

use std::cmp::Ordering;

use hallpass::{Channel, Member, Resource};
use hallpass_store::{Store, kind};

use super::super::call::Call;
use super::super::documents;
use super::super::envelope::Answer;
use super::super::error::CometError;
use super::super::fields::Fields;
use super::super::page::Page;
use super::{CHANNEL_TYPE, Group, GroupDocument, GroupType, is_known, is_member, render, unwritten};
use crate::scan::{Scan, Turn};

/// What the query asks for.
struct Filter {
    search: Option<String>,
    search_in: Vec<String>,
    types: Vec<String>,
    tags: Vec<String>,
    joined: bool,
}

impl Filter {
    fn of(call: &Call, query: &Fields) -> Result<Self, CometError> {
        let mut types = call.query.list("types");
        types.extend(call.query.list("type"));
        // The listing's own parameter still has the older word for groups with a password.
        for name in types.iter_mut().filter(|name| *name == "protected") {
            GroupType::Password.name().clone_into(name);
        }
        Ok(Self {
            search: query.text("searchKey")?.map(str::to_lowercase),
            search_in: call.query.list("searchIn"),
            types,
            tags: call.query.list("tags"),
            joined: query.flag("hasJoined")?.unwrap_or(false),
        })
    }

    fn accepts(&self, call: &Call, group: &Group) -> bool {
        let has_joined = || call.caller.user().is_some_and(|user| is_member(call, group, user));
        let within = |field: &str| self.search_in.is_empty() || self.search_in.iter().any(|name| name == field);
        let holds = |text: &str, key: &str| text.to_lowercase().contains(key);
        is_known(call, group)
            && (!self.joined || has_joined())
            && (self.types.is_empty() || self.types.iter().any(|name| name == group.document.group_type.name()))
            && (self.tags.is_empty() || self.tags.iter().any(|tag| group.document.tags.contains(tag)))
            && self
                .search
                .as_deref()
                .is_none_or(|key| within("name") && holds(&group.document.name, key) || within("guid") && holds(group.guid(), key))
    }
}

/// `GET /groups`
pub(in super::super) async fn list(call: Call) -> Result<Answer, CometError> {
    let query = call.query.fields()?;
    let page = Page::of(&call.query)?;
    let filter = Filter::of(&call, &query)?;
    let order = order(&query)?;
    call.permit_listing("ListGroups", Resource::app())?;

    let mut found = Vec::new();
    if filter.joined {
        // Nobody has joined nothing: the app itself is in no group.
        if let Some(user) = call.caller.user() {
            joined(&call, user, &filter, &mut found).await?;
        }
    } else {
        let read = |store: &dyn Store, app: &str, after: Option<&Channel>, limit: usize| {
            store.channels(app, Some(CHANNEL_TYPE), after.map(|fact| &fact.id), limit)
        };
        let (mut turn, mut scan) = (Turn::of_scan(&call.tenant), Scan::new(read));
        while let Some(step) = scan.step(&mut turn).await.map_err(CometError::internal)? {
            fitting(&call, &filter, step, &mut found).await?;
        }
    }
    found.sort_by(order);
    let (groups, total) = page.cut(found);
    let shown = render::several(&call, &groups).await?;
    let pagination = page.pagination(total, shown.len());
    Ok(Answer::of(shown).with_meta(serde_json::json!({ "pagination": pagination })))
}

/// Adds those of the groups that a user is in, or invited to, that fit the filter, and that the caller may see.
async fn joined(call: &Call, user: &str, filter: &Filter, found: &mut Vec<Group>) -> Result<(), CometError> {
    let user = user.to_owned();
    let read = move |store: &dyn Store, app: &str, after: Option<&Member>, limit: usize| {
        store.memberships(app, &user, after.map(|member| &member.channel), limit)
    };
    let (mut turn, mut scan) = (Turn::of_lookup(&call.tenant), Scan::new(read));
    while let Some(step) = scan.step(&mut turn).await.map_err(CometError::internal)? {
        let groups = step.iter().map(|member| &member.channel).filter(|id| id.channel_type() == CHANNEL_TYPE);
        fitting(call, filter, groups.filter_map(|id| call.tenant.engine().channel(id.as_str())).collect(), found).await?;
    }
    Ok(())
}

/// Adds those of some groups that fit the filter, and that the caller may see.
async fn fitting(call: &Call, filter: &Filter, facts: Vec<Channel>, found: &mut Vec<Group>) -> Result<(), CometError> {
    let facts: Vec<Channel> = facts.into_iter().filter(|fact| !fact.deleted).collect();
    let ids = facts.iter().map(|fact| fact.id.as_str().to_owned()).collect();
    let mut documents = documents::several::<GroupDocument>(&call.tenant, kind::CHANNEL, ids).await?;
    for fact in facts {
        let document = documents.remove(fact.id.as_str()).unwrap_or_else(|| unwritten(call, fact.id.id()));
        let group = Group { fact, document };
        if filter.accepts(call, &group) && call.permits_row("ListGroups", Resource::channel(group.cid()), &group.attributes())? {
            found.push(group);
        }
    }
    Ok(())
}

type Order = Box<dyn FnMut(&Group, &Group) -> Ordering + Send>;

fn order(query: &Fields) -> Result<Order, CometError> {
    let descending = match query.text("sortOrder")? {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(other) => return Err(CometError::field("sortOrder", format!("The sortOrder must be asc or desc, got \"{other}\"."))),
    };
    let by: fn(&Group, &Group) -> Ordering = match query.text("sortBy")? {
        None | Some("guid") => |one, other| one.guid().cmp(other.guid()),
        Some("name") => |one, other| one.document.name.cmp(&other.document.name),
        Some("createdAt") => |one, other| one.document.created_at.cmp(&other.document.created_at),
        Some(other) => {
            return Err(CometError::field("sortBy", format!("The sortBy must be one of name, guid, createdAt, got \"{other}\".")));
        }
    };
    Ok(Box::new(move |one, other| if descending { by(other, one) } else { by(one, other) }))
}
