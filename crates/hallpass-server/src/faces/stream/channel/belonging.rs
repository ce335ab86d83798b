//! The channels that some users are in, or invited to, each once and by id, in steps: however many there are, few are kept.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use hallpass::ChannelId;
use hallpass_store::StoreError;

use super::pins::USERS;
use crate::limits::{LOOKUPS, SCAN_ROWS};
use crate::scan::Turn;
use crate::tenant::Tenant;

/// Fewest memberships of a user that are read at a time: of as many users as there can be, no more than a lookup reads without a turn.
const FEWEST: usize = LOOKUPS / USERS;

/// Lists of ids, each in order, that are merged into one.
pub(super) struct Belonging {
    turn: Turn,
    lists: Vec<List>,
    /// Memberships of each user that are read at a time.
    page: usize,
    /// What is given next.
    ready: VecDeque<ChannelId>,
}

/// The channels of one user; or those that are named, of nobody.
struct List {
    user: Option<String>,
    /// The last one that was read.
    after: Option<ChannelId>,
    /// Those that were read and not given yet.
    ids: VecDeque<ChannelId>,
    is_over: bool,
}

impl Belonging {
    /// The channels of these users, and these.
    pub(super) fn of(tenant: &Arc<Tenant>, named: BTreeSet<ChannelId>, users: BTreeSet<String>) -> Self {
        let page = (LOOKUPS / users.len().max(1)).clamp(FEWEST, SCAN_ROWS);
        let of_users = users.into_iter().map(|user| List { user: Some(user), after: None, ids: VecDeque::new(), is_over: false });
        let named = List { user: None, after: None, ids: named.into_iter().collect(), is_over: true };
        Self { turn: Turn::of_lookup(tenant), lists: of_users.chain([named]).collect(), page, ready: VecDeque::new() }
    }

    /// The next of them, at most as many as a scan reads at a time; none when there are no more.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn step(&mut self) -> Result<Vec<ChannelId>, StoreError> {
        while self.ready.is_empty() {
            self.read_on().await?;
            // What comes after the end of what was read of a list may still be in that list.
            let horizon = self.lists.iter().filter(|list| !list.is_over).filter_map(|list| list.after.clone()).min();
            let mut next = BTreeSet::new();
            for list in &mut self.lists {
                let count = horizon.as_ref().map_or(list.ids.len(), |horizon| list.ids.partition_point(|id| id <= horizon));
                next.extend(list.ids.drain(..count));
            }
            if next.is_empty() {
                break;
            }
            self.ready.extend(next);
        }
        let count = self.ready.len().min(SCAN_ROWS);
        Ok(self.ready.drain(..count).collect())
    }

    /// Reads more of each list of which nothing is left.
    async fn read_on(&mut self) -> Result<(), StoreError> {
        let page = self.page;
        let short: Vec<usize> = (0..self.lists.len()).filter(|at| self.lists.get(*at).is_some_and(List::is_short)).collect();
        // As many lists at a time as make up a step of a scan.
        for some in short.chunks((SCAN_ROWS / page).max(1)) {
            let asked: Vec<(usize, String, Option<ChannelId>)> = some
                .iter()
                .filter_map(|at| self.lists.get(*at).and_then(|list| Some((*at, list.user.clone()?, list.after.clone()))))
                .collect();
            let read = self.turn.read(move |store, app| {
                let mut rows = Vec::new();
                for (at, user, after) in &asked {
                    rows.extend(store.memberships(app, user, after.as_ref(), page)?.into_iter().map(|member| (*at, member.channel)));
                }
                Ok(rows)
            });
            for (at, id) in read.await? {
                if let Some(list) = self.lists.get_mut(at) {
                    list.ids.push_back(id);
                }
            }
            for at in some {
                if let Some(list) = self.lists.get_mut(*at) {
                    list.is_over = list.ids.len() < page;
                    list.after = list.ids.back().cloned();
                }
            }
        }
        Ok(())
    }
}

impl List {
    fn is_short(&self) -> bool {
        !self.is_over && self.ids.is_empty()
    }
}
