//! The channels that a filter can find at all: those that it names, those of the users that it names, or else all there are.

use std::collections::BTreeSet;

use hallpass::{Channel, ChannelId};

use super::super::call::Call;
use super::super::error::StreamError;
use super::super::filter::Filter;
use super::belonging::Belonging;
use super::pins::Pins;
use crate::limits::SCAN_ROWS;
use crate::scan::{Scan, Turn};

/// Channels to ask a filter about, in steps, by id. Deleted ones are left out.
pub(super) enum Candidates<'a> {
    /// These.
    Named { call: &'a Call, ids: std::vec::IntoIter<ChannelId> },
    /// Those of users, and some that are named.
    Belonging { call: &'a Call, all: Box<Belonging> },
    /// Those of types that are still to come, and of the one whose turn it is.
    Scanned { turn: Turn, types: std::vec::IntoIter<Option<String>>, scan: Option<Box<Scan<Channel>>> },
}

impl<'a> Candidates<'a> {
    /// Finds where to look. `acting` is the user whose own membership the filter may speak of.
    pub(super) fn of(call: &'a Call, filter: &Filter, acting: Option<&str>) -> Self {
        let known: Vec<String> = call.tenant.engine().channel_types().into_iter().map(|of| of.name).collect();
        let types: BTreeSet<&str> = known.iter().map(String::as_str).collect();
        let Some(pins) = Pins::of(filter, &types, acting) else {
            let turn = Turn::of_scan(&call.tenant);
            let Some(named) = filter.within("type") else {
                return Self::Scanned { turn, types: vec![None].into_iter(), scan: None };
            };
            let mut types: Vec<String> = types.intersection(&named).map(|of| (*of).to_owned()).collect();
            // In the order of their channels' ids, which is not quite that of their names.
            types.sort_by_cached_key(|of| format!("{of}:"));
            return Self::Scanned { turn, types: types.into_iter().map(Some).collect::<Vec<_>>().into_iter(), scan: None };
        };
        let (ids, users) = pins.written();
        if users.is_empty() {
            return Self::Named { call, ids: ids.into_iter().collect::<Vec<_>>().into_iter() };
        }
        Self::Belonging { call, all: Box::new(Belonging::of(&call.tenant, ids, users)) }
    }

    /// The next of them; `None` when there are no more.
    pub(super) async fn step(&mut self) -> Result<Option<Vec<Channel>>, StreamError> {
        match self {
            Self::Named { call, ids } => {
                // Nothing may have to be read of them: others get their turn all the same.
                tokio::task::yield_now().await;
                Ok(facts(call, ids.take(SCAN_ROWS).collect()))
            }
            Self::Belonging { call, all } => {
                tokio::task::yield_now().await;
                Ok(facts(call, all.step().await.map_err(StreamError::internal)?))
            }
            Self::Scanned { turn, types, scan } => loop {
                let going = match scan {
                    Some(going) => going,
                    None => {
                        let Some(of) = types.next() else { return Ok(None) };
                        let read = move |store: &dyn hallpass_store::Store, app: &str, after: Option<&Channel>, limit: usize| {
                            store.channels(app, of.as_deref(), after.map(|channel| &channel.id), limit)
                        };
                        scan.insert(Box::new(Scan::new(read)))
                    }
                };
                match going.step(turn).await.map_err(StreamError::internal)? {
                    Some(page) => return Ok(Some(page.into_iter().filter(|channel| !channel.deleted).collect())),
                    None => *scan = None,
                }
            },
        }
    }
}

/// Those of the channels that there are; `None` of none.
fn facts(call: &Call, ids: Vec<ChannelId>) -> Option<Vec<Channel>> {
    let found = ids.iter().filter_map(|id| call.tenant.engine().channel(id.as_str()));
    (!ids.is_empty()).then(|| found.filter(|channel| !channel.deleted).collect())
}
