//! Pages of lists: `perPage` (REST) or `per_page` (SDKs), and `page`.

use serde_json::{Value, json};

use super::envelope::Answer;
use super::error::CometError;
use super::query::Query;

/// Items on a page, where nothing else is asked for; CometChat's number.
const PER_PAGE: u64 = 100;
/// Most items on a page; CometChat's number.
const MOST_PER_PAGE: u64 = 1_000;
/// Last page that can be asked for: far behind the end of any list that fits into an app.
const MOST_PAGES: u64 = 10_000_000;

/// A page that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// Items on it, at most.
    pub(super) per_page: u64,
    /// Which, from 1.
    pub(super) page: u64,
}

impl Page {
    /// Reads a page from the query. `0` means the default, as at the vendor's.
    ///
    /// # Errors
    /// When a number is none, or out of bounds.
    pub(super) fn of(query: &Query) -> Result<Self, CometError> {
        let fields = query.fields()?;
        let name = if fields.has("perPage") { "perPage" } else { "per_page" };
        let per_page = fields.number(name, 0..=MOST_PER_PAGE)?.filter(|number| *number > 0).unwrap_or(PER_PAGE);
        let page = fields.number("page", 0..=MOST_PAGES)?.unwrap_or(1).max(1);
        Ok(Self { per_page, page })
    }

    /// Index of the first item.
    pub(super) fn skip(self) -> usize {
        usize::try_from((self.page - 1).saturating_mul(self.per_page)).unwrap_or(usize::MAX)
    }

    /// How many items.
    pub(super) fn take(self) -> usize {
        usize::try_from(self.per_page).unwrap_or(usize::MAX)
    }

    /// The items of this page, of all.
    pub(super) fn cut<T>(self, all: Vec<T>) -> (Vec<T>, usize) {
        let total = all.len();
        (all.into_iter().skip(self.skip()).take(self.take()).collect(), total)
    }

    /// `meta.pagination`
    pub(super) fn pagination(self, total: usize, count: usize) -> Value {
        let total_pages = (total as u64).div_ceil(self.per_page).max(1);
        json!({"total": total, "count": count, "per_page": self.per_page, "current_page": self.page, "total_pages": total_pages})
    }

    /// An answer with this page of all items.
    pub(super) fn answer(self, all: Vec<Value>) -> Answer {
        let (items, total) = self.cut(all);
        let pagination = self.pagination(total, items.len());
        Answer::of(items).with_meta(json!({ "pagination": pagination }))
    }
}
