//! Pages of a list. A page's id holds everything that the first request said, so that it cannot change between pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::fault::Fault;
use super::fields::Fields;

/// Which part of a list is asked for.
pub(super) struct Page {
    /// What the first request said: filters, limit, order.
    pub(super) request: Fields,
    /// At most so many rows.
    pub(super) limit: usize,
    /// Newest first.
    pub(super) newest_first: bool,
    /// Where the page before ended.
    pub(super) after: Option<String>,
}

/// What may not stand beside `page_id`.
const REMEMBERED: &[&str] = &["filters", "limit", "sort_order", "sort_by", "min_events_count"];

impl Page {
    /// Reads `limit`, `sort_order` and `page_id`.
    ///
    /// # Errors
    /// `validation`.
    pub(super) fn read(body: &Fields, default_limit: u64) -> Result<Self, Fault> {
        let (request, after) = match body.text("page_id")? {
            None => (body.clone(), None),
            Some(id) => {
                if let Some(name) = REMEMBERED.iter().find(|name| body.value(name).is_some()) {
                    return Err(Fault::validation(format!("{}: cannot stand beside `page_id`, which remembers it", name)));
                }
                let (request, after) = decode(id).ok_or_else(|| body.refuse("page_id", "an id that an earlier page gave"))?;
                (Fields::body(request), Some(after))
            }
        };
        let limit = request.number("limit", 1..=100)?.unwrap_or(default_limit);
        let newest_first = request.word("sort_order", &["asc", "desc"])?.unwrap_or("desc") == "desc";
        Ok(Self { limit: usize::try_from(limit).unwrap_or(100), newest_first, after, request })
    }

    /// The id of the page that starts after this place.
    pub(super) fn next(&self, after: &str) -> String {
        let mut request = self.request.raw().clone();
        request.retain(|key, _| REMEMBERED.contains(&key.as_str()));
        URL_SAFE_NO_PAD.encode(json!([request, after]).to_string())
    }
}

fn decode(id: &str) -> Option<(Map<String, Value>, String)> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(id).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_id_remembers_the_request() {
        let body = Fields::body(json!({"limit": 2, "sort_order": "asc", "filters": {"active": true}}).as_object().unwrap().clone());
        let first = Page::read(&body, 10).unwrap();
        assert_eq!((first.limit, first.newest_first, first.after.as_deref()), (2, false, None));
        let id = first.next("place");
        let next = Page::read(&Fields::body(json!({"page_id": id}).as_object().unwrap().clone()), 10).unwrap();
        assert_eq!((next.limit, next.newest_first, next.after.as_deref()), (2, false, Some("place")));
        assert_eq!(next.request.object("filters").unwrap().unwrap().flag("active").unwrap(), Some(true));
        let both = Fields::body(json!({"page_id": id, "limit": 3}).as_object().unwrap().clone());
        assert!(Page::read(&both, 10).is_err());
        assert!(Page::read(&Fields::body(json!({"page_id": "x"}).as_object().unwrap().clone()), 10).is_err());
    }
}
