//! Order and pages of query answers: `sort`, `limit`, `offset`.

use std::cmp::Ordering;

use serde_json::Value;

use super::error::StreamError;
use super::fields::Fields;
use super::filter::bounds::is_of;
use super::filter::{Row, order};

/// Largest `offset`, as at Stream: pages further down are reached by a filter.
const OFFSET: u64 = 1000;
/// After how many rows a page may lie that `next` asks for: more than an answer ever counts, and nothing that overflows.
const FURTHEST: usize = 1 << 30;
/// Rows kept beyond those that a page can show.
const ROOM: usize = 64;
/// Most fields in one `sort`.
const SORT_FIELDS: usize = 10;

/// By which fields, each ascending or descending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sort(Vec<(String, bool)>);

impl Sort {
    /// Reads `sort`: a list of `{field, direction}`, or an object `{field: direction}`; without one, `default` (field, descending).
    ///
    /// # Errors
    /// When a direction is neither 1 nor -1.
    pub(super) fn read(request: &Fields, default: &[(&str, bool)]) -> Result<Self, StreamError> {
        let mut fields = Vec::new();
        match request.value("sort") {
            None => {}
            Some(Value::Object(object)) => {
                for (field, direction) in object {
                    fields.push((field.clone(), descending(&format!("sort.{field}"), Some(direction))?));
                }
            }
            Some(_) => {
                for item in request.objects("sort")?.unwrap_or_default() {
                    let field = item.required_text("field")?.to_owned();
                    fields.push((field, descending(&item.path("direction"), item.value("direction"))?));
                }
            }
        }
        if fields.len() > SORT_FIELDS {
            return Err(StreamError::field("sort", format!("at most {SORT_FIELDS} fields")));
        }
        if fields.is_empty() {
            fields = default.iter().map(|(field, descending)| ((*field).to_owned(), *descending)).collect();
        }
        Ok(Self(fields))
    }

    /// How two rows lie to each other. Rows without a field come last, whatever the direction.
    pub(super) fn compare(&self, a: &Row, b: &Row) -> Ordering {
        for (field, descending) in &self.0 {
            let by_field = match (present(a, field), present(b, field)) {
                (Some(a), Some(b)) => {
                    let ascending = order(a, b).unwrap_or_else(|| kind(a).cmp(&kind(b)));
                    if *descending { ascending.reverse() } else { ascending }
                }
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            };
            if by_field != Ordering::Equal {
                return by_field;
            }
        }
        Ordering::Equal
    }

    /// Whether a field decides about the order.
    pub(super) fn asks(&self, field: &str) -> bool {
        self.0.iter().any(|(name, _)| is_of(name, field))
    }

    /// Whether rows are ordered by this field first, ascending: where no two rows share a value of it, by nothing else.
    pub(super) fn ascends_by(&self, field: &str) -> bool {
        self.0.first().is_some_and(|(name, descending)| name == field && !descending)
    }
}

/// Values of different kinds lie together by kind, as custom fields may hold them: without an order of all there is none to sort by.
fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

fn present<'a>(row: &'a Row, field: &str) -> Option<&'a Value> {
    row.get(field).filter(|value| !value.is_null())
}

fn descending(place: &str, direction: Option<&Value>) -> Result<bool, StreamError> {
    match direction.map(Value::as_i64) {
        None | Some(Some(1)) => Ok(false),
        Some(Some(-1)) => Ok(true),
        Some(_) => Err(StreamError::field(place, "expected 1 (ascending) or -1 (descending)")),
    }
}

/// A page of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// At most this many.
    pub(super) limit: usize,
    /// After this many.
    pub(super) offset: usize,
}

impl Page {
    /// Reads `limit` (at most `maximum`, which is also named in the error) and `offset`.
    ///
    /// # Errors
    /// When either is out of bounds.
    pub(super) fn read(request: &Fields, default: u64, maximum: u64) -> Result<Self, StreamError> {
        // SDKs write 0 for "no limit given".
        let limit = request.number("limit", 0..=maximum)?.filter(|limit| *limit > 0).unwrap_or(default);
        let offset = request.number("offset", 0..=OFFSET)?.unwrap_or(0);
        Ok(Self { limit: usize::try_from(limit).unwrap_or(usize::MAX), offset: usize::try_from(offset).unwrap_or(usize::MAX) })
    }

    /// Sorts and cuts.
    pub(super) fn of<T>(self, mut rows: Vec<(Row, T)>, sort: &Sort) -> Vec<T> {
        rows.sort_by(|(a, _), (b, _)| sort.compare(a, b));
        rows.into_iter().skip(self.offset).take(self.limit).map(|(_, item)| item).collect()
    }
}

/// The rows that a page can still show, of all that were seen: however many there are, few are kept.
pub(super) struct Best<'a, T> {
    sort: &'a Sort,
    page: Page,
    rows: Vec<(Row, T)>,
    seen: usize,
}

impl<'a, T> Best<'a, T> {
    /// For this page.
    pub(super) fn new(page: Page, sort: &'a Sort) -> Self {
        Self { sort, page, rows: Vec::new(), seen: 0 }
    }

    /// Adds a row. Of equal rows, those that came first are first.
    pub(super) fn push(&mut self, row: Row, item: T) {
        self.rows.push((row, item));
        self.seen += 1;
        // Now and then instead of each time: a row costs a few comparisons.
        if self.rows.len() >= 2 * self.wanted() + ROOM {
            self.rows.sort_by(|(a, _), (b, _)| self.sort.compare(a, b));
            self.rows.truncate(self.wanted());
        }
    }

    /// How many rows were added.
    pub(super) fn seen(&self) -> usize {
        self.seen
    }

    /// Whether the page is full of rows that came in its order: none that comes later is shown.
    pub(super) fn is_full(&self) -> bool {
        self.seen >= self.wanted()
    }

    /// The page.
    pub(super) fn into_page(self) -> Vec<T> {
        self.page.of(self.rows, self.sort)
    }

    fn wanted(&self) -> usize {
        self.page.offset.saturating_add(self.page.limit)
    }
}

/// What `next` says for a page after this many rows.
pub(super) fn next(offset: usize) -> String {
    format!("after-{offset}")
}

/// After how many rows the page lies that `next` asks for.
///
/// # Errors
/// When it is not one that an answer gave.
pub(super) fn next_of(request: &Fields) -> Result<Option<usize>, StreamError> {
    let Some(text) = request.text("next")?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let offset = text.strip_prefix("after-").and_then(|digits| digits.parse().ok()).filter(|offset| *offset <= FURTHEST);
    offset.map(Some).ok_or_else(|| StreamError::field("next", format!("expected one that an answer gave, got '{text}'")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sorted(request: Value) -> Result<Vec<u32>, String> {
        let request = Fields::of("", request).unwrap();
        let rows = [json!({"name": "b", "age": 2}), json!({"name": "a", "age": 2}), json!({"name": "c", "age": 1}), json!({"name": "d"})];
        let rows = rows.iter().map(|row| row.as_object().cloned().unwrap()).zip(0..).collect();
        let sort = Sort::read(&request, &[("name", false)]).map_err(|error| error.message)?;
        let page = Page::read(&request, 30, 100).map_err(|error| error.message)?;
        Ok(page.of(rows, &sort))
    }

    #[test]
    fn by_several_fields_in_pages() {
        assert_eq!(sorted(json!({})), Ok(vec![1, 0, 2, 3]));
        assert_eq!(sorted(json!({"sort": [{"field": "age", "direction": -1}, {"field": "name", "direction": 1}]})), Ok(vec![1, 0, 2, 3]));
        assert_eq!(sorted(json!({"sort": {"age": 1}, "limit": 2, "offset": 1})), Ok(vec![0, 1]));
        assert_eq!(sorted(json!({"sort": [], "limit": 0})), Ok(vec![1, 0, 2, 3]));
    }

    #[test]
    fn few_rows_are_kept_and_the_page_is_the_same() {
        let request = Fields::of("", json!({"sort": {"age": -1}})).unwrap();
        let sort = Sort::read(&request, &[]).unwrap();
        // Ages of all kinds, many of them equal, some missing.
        let age = |at: usize| match at % 11 {
            0 => json!("old"),
            1 => json!(at % 13),
            2 => json!(true),
            3 => Value::Null,
            4 => json!([at]),
            5 => json!({"years": at}),
            6 => json!(9_007_199_254_740_993_u64),
            7 => json!(9_007_199_254_740_992.0),
            8 => json!(9_007_199_254_740_992_u64),
            9 => json!(-9_007_199_254_740_993_i64),
            _ => json!(0.5),
        };
        for (limit, offset) in [(1, 0), (10, 0), (10, 95), (300, 0), (100, 900)] {
            let page = Page { limit, offset };
            let rows = || (0..1000).map(|at| (json!({"age": age(at)}).as_object().cloned().unwrap(), at));
            let mut best = Best::new(page, &sort);
            rows().for_each(|(row, at)| best.push(row, at));
            assert!(best.rows.len() <= 2 * (limit + offset) + ROOM);
            assert_eq!((best.seen(), best.is_full()), (1000, true));
            assert_eq!(best.into_page(), page.of(rows().collect(), &sort), "{limit} {offset}");
        }
    }

    #[test]
    fn bounds_are_named() {
        assert_eq!(sorted(json!({"limit": 101})), Err("limit: expected a whole number from 0 to 100, got 101".to_owned()));
        assert_eq!(
            sorted(json!({"sort": [{"field": "a", "direction": 2}]})),
            Err("sort[0].direction: expected 1 (ascending) or -1 (descending)".to_owned())
        );
    }
}
