//! The first words: who is it, may they come in, and what they are told first.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use axum::http::HeaderMap;
use hallpass::Timestamp;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::caller::{Authenticated, Caller, Credentials, authenticate};
use super::super::dialect::Dialect;
use super::super::error::{Code, StreamError};
use super::super::fields::Fields;
use super::super::live::Face;
use super::super::live::follow::note_memberships;
use super::super::live::hub::{ConnectionId, Hub};
use super::super::live::outbox::{Inbox, Outbox, queue};
use super::super::operation::Operation;
use super::super::query::Query;
use super::super::upload::form::Upload;
use super::super::user::arrival;
use super::super::user::own::own_user;
use crate::tenant::Tenant;

/// A connection that was let in.
pub(super) struct Greeted {
    /// The request that it began with.
    pub(super) call: Call,
    /// Where it is listed. It is taken off when this is dropped.
    pub(super) place: Place,
    /// What it is to be sent.
    pub(super) inbox: Inbox,
    /// When its token ends.
    pub(super) expires_at: Option<Timestamp>,
    /// What it is to be sent first.
    pub(super) hello: String,
    /// Its user was not connected before.
    pub(super) is_first: bool,
}

/// A connection's place in its hub.
pub(super) struct Place {
    pub(super) hub: Arc<Hub>,
    pub(super) id: ConnectionId,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hub.leave(&self.id);
    }
}

/// What a client says of itself.
struct Introduction {
    token: Option<String>,
    user_id: Option<String>,
    details: Fields,
}

/// Lets a client in; `None` if it hung up before it said who it is.
pub(super) async fn greet(
    socket: &mut WebSocket,
    operation: &'static Operation,
    dialect: Dialect,
    face: Face,
    query: &str,
    headers: &HeaderMap,
) -> Result<Option<Greeted>, StreamError> {
    let query = Query::read(Some(query))?;
    let Some(introduction) = introduction(socket, &query).await? else { return Ok(None) };
    let shown = Credentials::of_headers(headers);
    let auth_type = query.get("stream-auth-type").or(shown.auth_type);
    let token = introduction.token.as_deref().or(shown.token);
    let Authenticated { tenant, caller, settings, expires_at } =
        authenticate(&face.service, Credentials { auth_type, token }, &query).await?;
    let caller = named(caller, &introduction)?;
    let now = tenant.now();
    let hub = face.live.open(&face.service, &tenant);
    let call = Call {
        tenant,
        caller,
        settings,
        dialect,
        now,
        body: Fields::default(),
        query,
        path: HashMap::new(),
        operation,
        live: face.live,
        upload: Upload::default(),
    };
    arrival::arrive(&call, &introduction.details).await?;

    let is_first = call.caller.user().is_some_and(|user| !hub.is_online(user));
    let (outbox, inbox) = queue();
    let place = enter(&call, &hub, outbox)?;
    note_memberships(&hub, &place.id, &call.caller, now).await?;
    let hello = hello(&call, &place.id).await?;
    Ok(Some(Greeted { call, place, inbox, expires_at, hello, is_first }))
}

fn enter(call: &Call, hub: &Arc<Hub>, outbox: Outbox) -> Result<Place, StreamError> {
    let id: ConnectionId = uuid::Uuid::new_v4().to_string().into();
    if !hub.enter(&id, &call.caller, call.dialect, outbox) {
        return Err(StreamError::new(Code::TooManyConnections, "too many connections"));
    }
    Ok(Place { hub: Arc::clone(hub), id })
}

/// Reads what a client says of itself: in the address, or else in its first message.
async fn introduction(socket: &mut WebSocket, query: &Query) -> Result<Option<Introduction>, StreamError> {
    let is_token = |token: &&str| !matches!(*token, "" | "undefined" | "null");
    let token = query.get("authorization").filter(is_token).map(str::to_owned);
    if let Some(text) = query.get("json") {
        let value = crate::json::parse(text.as_bytes()).map_err(|error| StreamError::field("json", error.to_string()))?;
        return read(&Fields::of("json", value)?, token).map(Some);
    }
    if token.is_some() || query.get("stream-auth-type") == Some("anonymous") {
        return read(&Fields::default(), token).map(Some);
    }
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => {
                let value = crate::json::parse(text.as_bytes()).map_err(|error| StreamError::input(error.to_string()))?;
                let said = Fields::of("", value)?;
                let token = said.text("token")?.map(str::to_owned);
                return read(&said, token).map(Some);
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_))) => return Err(StreamError::input("the first message must be text: {token, user_details}")),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(None),
        }
    }
}

fn read(said: &Fields, token: Option<String>) -> Result<Introduction, StreamError> {
    let details = said.object("user_details")?.unwrap_or_default();
    let user_id = match said.text("user_id")?.filter(|id| !id.is_empty()) {
        Some(id) => Some(id.to_owned()),
        None => details.text("id")?.map(str::to_owned),
    };
    Ok(Introduction { token, user_id, details })
}

/// The caller, who must be the one that they say they are.
fn named(caller: Caller, said: &Introduction) -> Result<Caller, StreamError> {
    match caller {
        Caller::Server => Err(StreamError::new(Code::Authentication, "a token without a user opens no connection; make one for a user")),
        Caller::Anonymous(_) => Ok(Caller::Anonymous(said.user_id.clone().unwrap_or_default())),
        Caller::User(id) => {
            let named = said.details.text("id")?.or(said.user_id.as_deref());
            match [named, said.user_id.as_deref()].into_iter().flatten().find(|named| *named != id) {
                None => Ok(Caller::User(id)),
                Some(named) => {
                    let text = format!("the token is for user '{id}', the connection for user '{named}'");
                    Err(StreamError::new(Code::Authentication, text).with("reason", "user_mismatch"))
                }
            }
        }
    }
}

/// The first message: the name of the connection, and whose it is.
async fn hello(call: &Call, id: &ConnectionId) -> Result<String, StreamError> {
    let me = match &call.caller {
        Caller::User(user) => own_user(call, user).await?,
        Caller::Server | Caller::Anonymous(_) => anonymous(call),
    };
    let (kind, time) = (kind_of(call.dialect), call.dialect.time(call.now));
    Ok(json!({"type": kind, "connection_id": id.as_ref(), "cid": "*", "me": me, "created_at": time}).to_string())
}

/// Somebody without a user.
fn anonymous(call: &Call) -> Value {
    let id = match &call.caller {
        Caller::Anonymous(id) => id.as_str(),
        Caller::Server | Caller::User(_) => "",
    };
    let time = call.dialect.time(call.now);
    json!({
        "id": id, "role": super::super::caller::ANONYMOUS, "anon": true, "teams": [], "created_at": time, "updated_at": time, "banned": false,
        "online": true, "invisible": false, "language": "", "shadow_banned": false, "blocked_user_ids": [], "devices": [], "mutes": [],
        "channel_mutes": [], "total_unread_count": 0, "unread_count": 0, "unread_channels": 0, "unread_threads": 0,
    })
}

/// What the first message is called.
fn kind_of(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Flat => "health.check",
        Dialect::Prefixed => "connection.ok",
    }
}

/// A sign of life.
pub(super) fn health_check(tenant: &Tenant, id: &ConnectionId, dialect: Dialect) -> String {
    let at = dialect.time(tenant.now());
    json!({"type": "health.check", "connection_id": id.as_ref(), "cid": "*", "created_at": at}).to_string()
}

/// What is sent instead of a hello.
pub(super) fn error_text(operation: &Operation, dialect: Dialect, error: &StreamError) -> String {
    let error = error.body(operation.name, "0.00ms");
    match dialect {
        Dialect::Flat => json!({ "error": error }),
        Dialect::Prefixed => json!({"type": "connection.error", "connection_id": "", "error": error}),
    }
    .to_string()
}
