//! Where a browser may be sent back to: an address that the client registered, or one below it.
//!
//! Scheme and host are compared exactly, the path by prefix (whole segments: `/back` covers `/back/now`, not `/backdoor`); no traversal, no
//! query, no fragment (docs/livechat.md, The OAuth dance). The prefix is the vendor's habit; OAuth 2.1 would compare the whole.

use axum::http::Uri;

/// Longest address, in bytes.
const LONGEST: usize = 2_000;

/// Schemes that would run what they carry instead of going there.
const NO_PLACES: [&str; 5] = ["javascript", "data", "vbscript", "blob", "file"];

/// An address to be sent back to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    scheme: String,
    authority: String,
    path: String,
}

/// What an address must be like.
pub(crate) const EXPECTED: &str = "an absolute URL such as https://app.example.com/back, without query, fragment and '..'";

fn read(text: &str) -> Option<Place> {
    if text.len() > LONGEST || text.contains(['#', '?', '\\', '@']) || text.bytes().any(|byte| byte <= b' ' || byte >= 0x7f) {
        return None;
    }
    let uri: Uri = text.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let authority = uri.authority()?.as_str().to_ascii_lowercase();
    let path = uri.path().to_owned();
    let lower = path.to_ascii_lowercase();
    let climbs = path.split('/').any(|segment| segment == ".." || segment == ".")
        || lower.contains("%2e")
        || lower.contains("%2f")
        || lower.contains("%5c");
    (!climbs && !NO_PLACES.contains(&scheme.as_str())).then_some(Place { scheme, authority, path })
}

/// Whether an address can be registered.
pub(crate) fn is_valid(text: &str) -> bool {
    read(text).is_some()
}

/// Whether an address is one of those registered, or below one.
pub(crate) fn covered(registered: &[String], asked: &str) -> bool {
    let Some(asked) = read(asked) else { return false };
    registered.iter().filter_map(|text| read(text)).any(|place| {
        let below = asked.path.strip_prefix(place.path.as_str());
        let whole = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || place.path.ends_with('/'));
        place.scheme == asked.scheme && place.authority == asked.authority && whole
    })
}

/// Scheme and host, as browsers name where a form may lead.
pub(crate) fn origin(text: &str) -> Option<String> {
    read(text).map(|place| format!("{}://{}", place.scheme, place.authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/livechat.md, The OAuth dance: scheme and host exact, path prefix, no traversal, no query or fragment.
    #[test]
    fn only_what_is_registered_is_covered() {
        let registered = ["https://app.example.com/back".to_owned(), "http://127.0.0.1:8080/".to_owned(), "myapp://callback".to_owned()];
        for inside in ["https://app.example.com/back", "https://app.example.com/back/now", "http://127.0.0.1:8080/x", "myapp://callback"] {
            assert!(covered(&registered, inside), "{inside}");
        }
        for outside in [
            "http://app.example.com/back",
            "https://app.example.com/backdoor",
            "https://app.example.com/",
            "https://evil.example.com/back",
            "https://app.example.com.evil.com/back",
            "https://app.example.com@evil.com/back",
            "https://app.example.com:444/back",
            "https://app.example.com/back/../admin",
            "https://app.example.com/back/%2e%2e/admin",
            "https://app.example.com/back\\..\\x",
            "https://app.example.com/back?next=x",
            "https://app.example.com/back#x",
            "http://127.0.0.1:8081/",
            "javascript:alert(1)",
            "javascript://app.example.com/back",
            "/back",
            "",
        ] {
            assert!(!covered(&registered, outside), "{outside}");
        }
        assert_eq!(origin("https://App.example.com/back").as_deref(), Some("https://app.example.com"));
    }
}
