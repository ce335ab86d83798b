//! Stream's tokens: JSON web tokens, HS256, signed with the app's secret.
//!
//! A token that names no user is the app's own back end. Two of the SDKs write nothing else into it, so `server: true` is not asked for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value, json};

use super::error::{Code, StreamError};
use crate::key::Secret;

/// How far the clocks of the maker of a token and of this server may lie apart.
pub(super) const LEEWAY_S: u64 = 5;

/// What a good token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claims {
    /// The user it was made for; `None`: the app's own back end.
    pub(super) user_id: Option<String>,
    /// When it was made, in seconds since 1970.
    pub(super) issued_at_s: Option<u64>,
    /// From when on it is worth nothing, leeway included.
    pub(super) expires_at: Option<Timestamp>,
}

/// Reads a token that must be signed.
///
/// # Errors
/// Codes 5 (no token at all, or a strange `user_id`), 40, 41, 42 (its times) and 43 (signed otherwise).
pub(super) fn verify(token: &str, secret: &Secret, now: Timestamp) -> Result<Claims, StreamError> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    // The times are checked below, against the clock of the request.
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_secret(secret.expose().as_bytes());
    match jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation) {
        Ok(data) => claims(&data.claims, now),
        Err(error) => Err(match error.kind() {
            ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => {
                jwt(Code::TokenSignature, "signature is invalid")
            }
            _ => jwt(Code::Authentication, "token is malformed"),
        }),
    }
}

/// Reads a token of an app that does not check signatures (SDKs write `devtoken` where one would be). It must name a user: being the back end always takes the secret.
///
/// # Errors
/// Those of [`verify`], but 43.
pub(super) fn read_unverified(token: &str, now: Timestamp) -> Result<Claims, StreamError> {
    let malformed = || jwt(Code::Authentication, "token is malformed");
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(malformed());
    };
    let payload = base64url(payload).ok_or_else(malformed)?;
    let object: Map<String, Value> = serde_json::from_slice(&payload).map_err(|_| malformed())?;
    let claims = claims(&object, now)?;
    if claims.user_id.is_none() {
        return Err(jwt(Code::TokenSignature, "signature is invalid"));
    }
    Ok(claims)
}

/// Signs a token for a user, as `POST /guest` gives out.
///
/// # Errors
/// When signing fails, which the algorithm gives no cause for.
pub(super) fn sign(user_id: &str, secret: &Secret, now: Timestamp) -> Result<String, StreamError> {
    let claims = json!({ "user_id": user_id, "iat": now.as_ms() / 1000 });
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret.expose().as_bytes()))
        .map_err(StreamError::internal)
}

fn claims(object: &Map<String, Value>, now: Timestamp) -> Result<Claims, StreamError> {
    let now_s = now.as_ms() / 1000;
    let ends_s = seconds(object, "exp")?.map(|expires_s| expires_s.saturating_add(LEEWAY_S));
    if ends_s.is_some_and(|ends_s| ends_s <= now_s) {
        return Err(jwt(Code::TokenExpired, "token is expired (exp)"));
    }
    if seconds(object, "nbf")?.is_some_and(|from_s| from_s > now_s.saturating_add(LEEWAY_S)) {
        return Err(jwt(Code::TokenNotYetValid, "token is not valid yet (nbf)"));
    }
    let issued_at_s = seconds(object, "iat")?;
    if issued_at_s.is_some_and(|at_s| at_s > now_s.saturating_add(LEEWAY_S)) {
        return Err(jwt(Code::TokenUsedBeforeIssued, "token used before issue at (iat)"));
    }
    let user_id = match object.get("user_id") {
        None => None,
        Some(Value::String(id)) if !id.is_empty() => Some(id.clone()),
        // Not taken for "no user": a maker that means a user and writes none must not get the keys of the house.
        Some(_) => return Err(jwt(Code::Authentication, "user_id must be a non-empty string")),
    };
    let expires_at = ends_s.map(|ends_s| Timestamp::from_ms(ends_s.saturating_mul(1000)));
    Ok(Claims { user_id, issued_at_s, expires_at })
}

fn seconds(object: &Map<String, Value>, name: &str) -> Result<Option<u64>, StreamError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match (value.as_u64(), value.as_f64()) {
            (Some(whole), _) => Ok(Some(whole)),
            (None, Some(fraction)) if (0.0..1e15).contains(&fraction) => Ok(Some(fraction.floor() as u64)),
            _ => Err(jwt(Code::Authentication, &format!("{name} must be a number of seconds"))),
        },
    }
}

fn jwt(code: Code, text: &str) -> StreamError {
    StreamError::new(code, format!("JWTAuth error: {text}"))
}

/// Decodes base64url. SDKs that make such tokens themselves write ordinary base64, padding included.
fn base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=').replace('+', "-").replace('/', "_")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of at least thirty-two bytes";
    const NOON: Timestamp = Timestamp(1_772_366_400_000);
    const NOON_S: u64 = 1_772_366_400;

    fn signed(claims: Value, secret: &str) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    }

    fn code(token: &str) -> Result<Option<String>, i32> {
        verify(token, &Secret::new(SECRET.to_owned()), NOON).map(|claims| claims.user_id).map_err(|error| error.code.number())
    }

    #[test]
    fn a_token_without_a_user_is_the_back_end_whatever_else_it_says() {
        for claims in [json!({"server": true}), json!({}), json!({"iat": NOON_S, "nbf": NOON_S, "exp": NOON_S + 60})] {
            assert_eq!(code(&signed(claims, SECRET)), Ok(None));
        }
        assert_eq!(code(&sign("ana", &Secret::new(SECRET.to_owned()), NOON).unwrap()), Ok(Some("ana".to_owned())));
    }

    #[test]
    fn times_are_checked_with_a_little_leeway() {
        assert_eq!(code(&signed(json!({"exp": NOON_S - LEEWAY_S + 1}), SECRET)), Ok(None));
        assert_eq!(code(&signed(json!({"exp": NOON_S - LEEWAY_S}), SECRET)), Err(40));
        assert_eq!(code(&signed(json!({"nbf": NOON_S + LEEWAY_S}), SECRET)), Ok(None));
        assert_eq!(code(&signed(json!({"nbf": NOON_S + LEEWAY_S + 1}), SECRET)), Err(41));
        assert_eq!(code(&signed(json!({"iat": NOON_S + LEEWAY_S}), SECRET)), Ok(None));
        assert_eq!(code(&signed(json!({"iat": NOON_S + LEEWAY_S + 1}), SECRET)), Err(42));
    }

    #[test]
    fn only_our_secret_and_only_hs256() {
        let other = signed(json!({"user_id": "ana"}), "another secret of thirty-two bytes or more");
        assert_eq!(code(&other), Err(43));
        let hs512 = jsonwebtoken::encode(&Header::new(Algorithm::HS512), &json!({}), &EncodingKey::from_secret(SECRET.as_bytes())).unwrap();
        assert_eq!(code(&hs512), Err(43));
        // {"alg":"none","typ":"JWT"} . {"user_id":"ana"} .
        assert_eq!(code("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJ1c2VyX2lkIjoiYW5hIn0."), Err(5));
        for garbage in ["", "x", "a.b.c", "a.b.c.d", "....."] {
            assert_eq!(code(garbage), Err(5), "{garbage}");
        }
    }

    #[test]
    fn a_strange_user_id_is_not_the_back_end() {
        for claims in [json!({"user_id": ""}), json!({"user_id": null}), json!({"user_id": 7})] {
            assert_eq!(code(&signed(claims, SECRET)), Err(5));
        }
    }

    #[test]
    fn a_dev_token_names_a_user() {
        // {"alg":"HS256","typ":"JWT"} . {"user_id":"ana"} . devtoken
        let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoiYW5hIn0.devtoken";
        assert_eq!(code(token), Err(43));
        assert_eq!(read_unverified(token, NOON).unwrap().user_id.as_deref(), Some("ana"));
        // {"user_id":"ÿ>?"} and {"user_id":"ÿ?>a"} in ordinary base64, and in that of the web.
        let head = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
        let payloads =
            ["eyJ1c2VyX2lkIjoiw78+PyJ9", "eyJ1c2VyX2lkIjoiw78-PyJ9", "eyJ1c2VyX2lkIjoiw78/PmEifQ==", "eyJ1c2VyX2lkIjoiw78_PmEifQ"];
        for (payload, id) in payloads.into_iter().zip(["ÿ>?", "ÿ>?", "ÿ?>a", "ÿ?>a"]) {
            assert_eq!(read_unverified(&format!("{head}.{payload}.devtoken"), NOON).unwrap().user_id.as_deref(), Some(id));
        }
        for payload in ["eyJ1c2VyX2lkIjoiYW5hIn", "", "!", "e", "ana"] {
            let error = read_unverified(&format!("{head}.{payload}.devtoken"), NOON).unwrap_err();
            assert_eq!((error.code, error.message.as_str()), (Code::Authentication, "JWTAuth error: token is malformed"), "{payload}");
        }
        // {"server":true}
        let back_end = read_unverified("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzZXJ2ZXIiOnRydWV9.devtoken", NOON);
        assert_eq!(back_end.unwrap_err().code, Code::TokenSignature);
    }
}
