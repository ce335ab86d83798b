//! `Authorization: Bearer KEY`, for the AuthZEN and native faces.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

/// What `WWW-Authenticate` says where a key is missing or opens nothing.
pub const CHALLENGE: &str = "Bearer realm=\"hallpass\"";

/// The key that a request shows. The scheme's name is compared without regard to case, as HTTP demands.
pub fn key(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.trim_start().split_at_checked("Bearer".len())?;
    let key = key.strip_prefix(' ')?.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bearer_counts() {
        let read = |value: &str| key(&HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())])).map(str::to_owned);
        assert_eq!(read("Bearer hps_x"), Some("hps_x".to_owned()));
        assert_eq!(read("bearer  hps_x"), Some("hps_x".to_owned()));
        assert_eq!(read("Basic aGk6"), None);
        assert_eq!(read("hps_x"), None);
        assert_eq!(read("Bearer "), None);
        assert_eq!(key(&HeaderMap::new()), None);
    }
}
