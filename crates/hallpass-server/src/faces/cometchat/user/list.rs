//! `GET /users`: those whom the caller may see, and who fit the filters.

use std::collections::{BTreeMap, BTreeSet};

use hallpass::{RelationKind, Resource, User};
use hallpass_store::Store;
use serde_json::json;

use super::document::{self, UserDocument, blocks, relation, render_for};
use crate::faces::cometchat::call::Call;
use crate::faces::cometchat::envelope::Answer;
use crate::faces::cometchat::error::CometError;
use crate::faces::cometchat::page::Page;
use crate::scan::{Scan, Turn};
use crate::tenant::Tenant;

/// What the query asks for.
struct Filter {
    roles: BTreeSet<String>,
    uids: BTreeSet<String>,
    tags: BTreeSet<String>,
    search: Option<(String, BTreeSet<String>)>,
    online_only: bool,
    only_deactivated: bool,
    with_deactivated: bool,
    friends_only: bool,
    hide_blocked: bool,
}

impl Filter {
    fn of(call: &Call) -> Result<Self, CometError> {
        let fields = call.query.fields()?;
        let roles = ["role", "roles"].iter().flat_map(|name| call.query.list(name)).map(|role| role.to_lowercase()).collect();
        let list = |names: [&str; 2]| names.iter().flat_map(|name| call.query.list(name)).collect::<BTreeSet<String>>();
        let search = call.query.get("searchKey").map(|key| {
            let places: BTreeSet<String> = call.query.list("searchIn").into_iter().map(|place| place.to_lowercase()).collect();
            let everywhere = || ["uid", "name"].map(str::to_owned).into();
            (key.to_lowercase(), if places.is_empty() { everywhere() } else { places })
        });
        if let Some(place) = search.iter().flat_map(|(_, places)| places).find(|place| !["uid", "name"].contains(&place.as_str())) {
            return Err(CometError::field("searchIn", format!("The searchIn must be uid or name, got {place}.")));
        }
        let online_only = fields.word("status", &["available", "online", "offline"])?.is_some_and(|status| status != "offline");
        Ok(Self {
            roles,
            uids: list(["uids", "UIDs"]),
            tags: list(["tags", "tags"]),
            search,
            online_only,
            only_deactivated: fields.flag("onlyDeactivated")?.unwrap_or(false),
            with_deactivated: fields.flag("withDeactivated")?.unwrap_or(false),
            friends_only: fields.flag("friendsOnly")?.unwrap_or(false),
            hide_blocked: fields.flag("hideBlockedUsers")?.unwrap_or(false),
        })
    }

    /// What facts can say. Who is deactivated is the app's to know.
    fn fits(&self, call: &Call, user: &User) -> bool {
        let viewer = call.caller.user();
        let deactivated = if viewer.is_some() { !user.deactivated } else { self.fits_state(user) };
        let has_role = || user.roles.iter().any(|role| self.roles.contains(role));
        let is_friend = |viewer: &str| are_friends(&call.tenant, viewer, &user.id);
        let blocked = |viewer: &str| blocks(&call.tenant, viewer, &user.id) || blocks(&call.tenant, &user.id, viewer);
        !user.deleted
            && deactivated
            && viewer != Some(user.id.as_str())
            && (self.roles.is_empty() || has_role())
            && (self.uids.is_empty() || self.uids.contains(&user.id))
            && (!self.friends_only || viewer.is_some_and(is_friend))
            && (!self.hide_blocked || !viewer.is_some_and(blocked))
            // Presence is not kept: nobody is online.
            && !self.online_only
    }

    fn fits_state(&self, user: &User) -> bool {
        if self.only_deactivated { user.deactivated } else { self.with_deactivated || !user.deactivated }
    }

    fn reads_documents(&self) -> bool {
        self.search.is_some() || !self.tags.is_empty()
    }

    /// What only documents can say.
    fn fits_document(&self, uid: &str, document: &UserDocument) -> bool {
        let found = |(key, places): &(String, BTreeSet<String>)| {
            (places.contains("uid") && uid.to_lowercase().contains(key))
                || (places.contains("name") && document.name.to_lowercase().contains(key))
        };
        self.search.as_ref().is_none_or(found) && (self.tags.is_empty() || document.tags.iter().any(|tag| self.tags.contains(tag)))
    }
}

/// `GET /users`
pub(in crate::faces::cometchat) async fn list(call: Call) -> Result<Answer, CometError> {
    let page = Page::of(&call.query)?;
    let filter = Filter::of(&call)?;
    let with_tags = call.query.fields()?.flag("withTags")?.unwrap_or(false);
    call.permit_listing("ListUsers", Resource::app())?;

    let mut rows: Vec<User> = Vec::new();
    let mut add = |users: Vec<User>| -> Result<(), CometError> {
        for user in users.into_iter().map(with_role).filter(|user| filter.fits(&call, user)) {
            if call.permits_row("ListUsers", Resource::user(&user.id), &[])? {
                rows.push(user);
            }
        }
        Ok(())
    };
    if filter.uids.is_empty() {
        let read =
            |store: &dyn Store, app: &str, after: Option<&User>, limit: usize| store.users(app, after.map(|user| user.id.as_str()), limit);
        let (mut turn, mut scan) = (Turn::of_scan(&call.tenant), Scan::new(read));
        while let Some(step) = scan.step(&mut turn).await.map_err(CometError::internal)? {
            add(step)?;
        }
    } else {
        add(filter.uids.iter().filter_map(|uid| call.tenant.engine().user(uid)).collect())?;
    }
    if filter.reads_documents() {
        let documents = document::load_all(&call.tenant, rows.iter().map(|user| user.id.clone()).collect()).await?;
        rows.retain(|user| documents.get(&user.id).is_some_and(|document| filter.fits_document(&user.id, document)));
    }
    render_page(&call, page, rows, with_tags).await
}

/// A page of users.
pub(super) async fn render_page(call: &Call, page: Page, rows: Vec<User>, with_tags: bool) -> Result<Answer, CometError> {
    let (rows, total) = page.cut(rows);
    let documents: BTreeMap<String, UserDocument> =
        document::load_all(&call.tenant, rows.iter().map(|user| user.id.clone()).collect()).await?;
    let shown: Vec<_> = rows.iter().filter_map(|user| Some(render_for(call, user, documents.get(&user.id)?, with_tags))).collect();
    let pagination = page.pagination(total, shown.len());
    Ok(Answer::of(shown).with_meta(json!({ "pagination": pagination })))
}

/// Whether two users are friends; the relation is written one way and holds both.
pub(super) fn are_friends(tenant: &Tenant, one: &str, other: &str) -> bool {
    let holds = |user: &str, other: &str| tenant.engine().relation(&relation(RelationKind::Friend, user, other)).is_some();
    holds(one, other) || holds(other, one)
}

/// A user with the role that they have where none is said.
fn with_role(mut user: User) -> User {
    if user.roles.is_empty() {
        user.roles = vec![crate::faces::cometchat::role::DEFAULT.to_owned()];
    }
    user
}
