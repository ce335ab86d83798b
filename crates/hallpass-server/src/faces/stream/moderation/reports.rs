//! Reports that a filter can find: those that it names, by their ids or by what was flagged, or else all of the app.

use std::collections::BTreeSet;

use super::super::call::Call;
use super::super::documents;
use super::super::error::StreamError;
use super::super::filter::Filter;
use super::super::scan::Documents;
use super::report::{MESSAGE, REPORT, Report, USER, id_of};

/// Reports to ask a filter about, in steps, by id.
pub(super) enum Reports {
    /// These, until they were given.
    Named(Option<Vec<Report>>),
    /// All.
    Scanned(Documents),
}

impl Reports {
    /// Finds where to look.
    pub(super) async fn of(call: &Call, filter: &Filter) -> Result<Self, StreamError> {
        let Some(ids) = named(filter) else { return Ok(Self::Scanned(Documents::start(&call.tenant, REPORT, "").await)) };
        let found = documents::several::<Report>(&call.tenant, REPORT, ids.into_iter().collect()).await?;
        Ok(Self::Named(Some(found.into_values().collect())))
    }

    /// The next of them; `None` when there are no more.
    pub(super) async fn step(&mut self) -> Result<Option<Vec<Report>>, StreamError> {
        match self {
            Self::Named(found) => Ok(found.take()),
            Self::Scanned(documents) => Ok(documents.step().await?.map(|page| page.into_iter().map(|(_, report)| report).collect())),
        }
    }
}

/// The ids of all reports that can pass; `None` where any can.
fn named(filter: &Filter) -> Option<BTreeSet<String>> {
    for field in ["id", "report_id"] {
        if let Some(ids) = filter.within(field) {
            return Some(ids.into_iter().map(str::to_owned).collect());
        }
    }
    for field in ["message_id", "entity_id"] {
        if let Some(things) = filter.within(field) {
            return Some(things.into_iter().flat_map(|id| [MESSAGE, USER].map(|of| id_of(of, id))).collect());
        }
    }
    match filter {
        Filter::All(parts) => parts.iter().filter_map(named).min_by_key(BTreeSet::len),
        Filter::Any(parts) => parts.iter().map(named).collect::<Option<Vec<_>>>().map(|sets| sets.into_iter().flatten().collect()),
        Filter::Neither(_) | Filter::Field(..) => None,
    }
}
