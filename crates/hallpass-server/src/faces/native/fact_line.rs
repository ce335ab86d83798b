//! One line of bulk facts: a JSON object with one key that says of what kind the fact is.
//!
//! ```json
//! {"user": {"id": "ana", "roles": ["admin"]}}
//! {"channel": {"id": "messaging:general", "owner": "ana"}}
//! {"member": {"channel": "messaging:general", "user": "ana"}}
//! {"relation": {"kind": "ban", "user": "eve", "channel": "messaging:general"}}
//! {"remove": {"member": {"channel": "messaging:general", "user": "ana"}}}
//! ```

use axum::http::StatusCode;
use hallpass::{Change, ChannelId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::ApiError;
use crate::json;

/// The kinds of facts, as the keys of lines.
const KINDS: [&str; 6] = ["user", "channel", "member", "relation", "client", "token"];
const REMOVE: &str = "remove";

/// Which member is gone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberKey {
    channel: ChannelId,
    user: String,
}

/// Reads a line.
///
/// # Errors
/// When it is not one JSON object with one known key and a well-formed fact.
pub(super) fn read(line: &[u8]) -> Result<Change, ApiError> {
    let value = json::parse(line).map_err(|error| bad("invalid_json", error.to_string().replace("the body is", "the line is")))?;
    let Value::Object(object) = value else { return Err(bad("invalid_json", "the line: expected a JSON object")) };
    let (kind, fact) = only_entry(object, "the line")?;
    if kind != REMOVE {
        return put(&kind, fact);
    }
    let Value::Object(object) = fact else { return Err(bad("invalid_field", "remove: expected an object")) };
    let (kind, fact) = only_entry(object, REMOVE)?;
    remove(&kind, fact)
}

fn put(kind: &str, fact: Value) -> Result<Change, ApiError> {
    Ok(match kind {
        "user" => Change::UserPut(typed(kind, fact)?),
        "channel" => Change::ChannelPut(typed(kind, fact)?),
        "member" => Change::MemberPut(typed(kind, fact)?),
        "relation" => Change::RelationPut(typed(kind, fact)?),
        "client" => Change::ClientPut(typed(kind, fact)?),
        "token" => Change::TokenPut(typed(kind, fact)?),
        _ => return Err(unknown(kind, true)),
    })
}

fn remove(kind: &str, fact: Value) -> Result<Change, ApiError> {
    Ok(match kind {
        "user" => Change::UserRemoved { id: typed(kind, fact)? },
        "channel" => Change::ChannelRemoved { id: typed(kind, fact)? },
        "member" => {
            let MemberKey { channel, user } = typed(kind, fact)?;
            Change::MemberRemoved { channel, user }
        }
        "relation" => Change::RelationRemoved(typed(kind, fact)?),
        "client" => Change::ClientRemoved { id: typed(kind, fact)? },
        "token" => Change::TokenRemoved { id: typed(kind, fact)? },
        _ => return Err(unknown(kind, false)),
    })
}

fn typed<T: DeserializeOwned>(kind: &str, fact: Value) -> Result<T, ApiError> {
    serde_json::from_value(fact).map_err(|error| bad("invalid_fact", format!("{kind}: {error}")).at(kind))
}

fn only_entry(object: Map<String, Value>, of: &str) -> Result<(String, Value), ApiError> {
    let found = object.len();
    match object.into_iter().next() {
        Some(entry) if found == 1 => Ok(entry),
        _ => {
            let expected = format!("one key, of {}", KINDS.join(", "));
            let message = format!("{of}: expected an object with {expected}; found {found} keys");
            Err(bad("invalid_field", message).expected(expected))
        }
    }
}

fn unknown(kind: &str, may_remove: bool) -> ApiError {
    let known = KINDS.into_iter().chain(may_remove.then_some(REMOVE));
    let nearest = hallpass::nearest(kind, known.clone());
    let expected = known.collect::<Vec<_>>().join(", ");
    let shown: String = kind.chars().take(60).collect();
    let message = format!("'{shown}' is no kind of fact; expected one of {expected}");
    let error = bad("unknown_fact", message).at("the line").value(shown).expected(expected);
    if let Some(nearest) = nearest { error.nearest(nearest) } else { error }
}

fn bad(code: &str, message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hallpass::{Channel, Member, Relation, RelationKind, User};

    fn channel() -> ChannelId {
        "messaging:general".parse().unwrap()
    }

    #[test]
    fn every_kind_is_put_and_removed() {
        let cases = [
            (r#"{"user":{"id":"ana"}}"#, Change::UserPut(User { id: "ana".into(), ..User::default() })),
            (r#"{"channel":{"id":"messaging:general"}}"#, Change::ChannelPut(Channel::new(channel()))),
            (
                r#"{"member":{"channel":"messaging:general","user":"ana","roles":["channel_moderator"]}}"#,
                Change::MemberPut(Member {
                    channel: channel(),
                    user: "ana".into(),
                    roles: vec!["channel_moderator".into()],
                    invited: false,
                }),
            ),
            (
                r#"{"relation":{"kind":"ban","user":"eve"}}"#,
                Change::RelationPut(Relation { kind: RelationKind::Ban, user: "eve".into(), other: None, channel: None, expires_at: None }),
            ),
            (r#"{"remove":{"user":"ana"}}"#, Change::UserRemoved { id: "ana".into() }),
            (r#"{"remove":{"channel":"messaging:general"}}"#, Change::ChannelRemoved { id: channel() }),
            (
                r#"{"remove":{"member":{"channel":"messaging:general","user":"ana"}}}"#,
                Change::MemberRemoved { channel: channel(), user: "ana".into() },
            ),
            (r#"{"remove":{"token":"t-1"}}"#, Change::TokenRemoved { id: "t-1".into() }),
        ];
        for (line, expected) in cases {
            assert_eq!(read(line.as_bytes()).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refusal = |line: &str| *read(line.as_bytes()).unwrap_err().error;
        let unknown = refusal(r#"{"usr":{"id":"ana"}}"#);
        assert_eq!(unknown.message, "'usr' is no kind of fact; expected one of user, channel, member, relation, client, token, remove");
        assert_eq!(unknown.nearest.as_deref(), Some("user"));
        assert_eq!(refusal(r#"{"user":{"name":"ana"}}"#).code, "invalid_fact");
        assert!(refusal(r#"{"user":{"id":"ana","colour":"red"}}"#).message.contains("unknown field `colour`"));
        assert!(refusal(r#"{"member":{"channel":"general","user":"ana"}}"#).message.contains("not of the form type:id"));
        assert_eq!(refusal("{").code, "invalid_json");
        assert_eq!(refusal(r#"{"user":{},"member":{}}"#).code, "invalid_field");
        assert_eq!(refusal(r#"{"remove":{"role":"x"}}"#).code, "unknown_fact");
        assert_eq!(refusal(r#"{"kettle":{}}"#).nearest, None, "a suggestion that is not alike would puzzle");
    }
}
