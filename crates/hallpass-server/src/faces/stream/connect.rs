//! `GET /connect`: a client's WebSocket.
//!
//! Ana opens her app. Its SDK connects with her token and a few words about her; the first thing that it hears is who she is and the
//! name of her connection, which it puts on the requests that follow, so that the server knows where to send what happens in the
//! channels that she has open.
//!
//! The old SDKs put token and user into the address (`/connect?json=…&authorization=…`); the new ones connect to `/api/v2/connect` and send
//! both as the first message. What is refused is told as the first message too, for a browser shows no status of a failed handshake.

mod greeting;
mod socket;

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{FromRequestParts as _, Request};
use axum::http::HeaderMap;
use axum::response::Response;

use self::greeting::greet;
use super::call::{Answer, Call};
use super::dialect::Dialect;
use super::error::{Code, StreamError};
use super::live::Face;
use super::operation::{Operation, refuse};
use crate::limits;

/// Where it is.
pub(super) const PATH: &str = "/connect";
/// Largest message that a client may send: it has a token and a user to say, and otherwise that it is alive.
const MESSAGE_BYTES: usize = 64 * 1024;

/// The answer to a request that is no WebSocket handshake.
pub(super) async fn without_upgrade(_: Call) -> Result<Answer, StreamError> {
    Err(StreamError::input("a WebSocket is expected here"))
}

/// Serves a connection.
pub(super) async fn serve(operation: &'static Operation, dialect: Dialect, face: Face, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut parts, &()).await else {
        return refuse(operation.name, &StreamError::input("a WebSocket is expected here"), Duration::ZERO);
    };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let headers: HeaderMap = parts.headers;
    // Held from here on, so that a server which stops waits for the goodbye.
    let stopping = face.service.stopping();
    upgrade.max_message_size(MESSAGE_BYTES).max_frame_size(MESSAGE_BYTES).on_upgrade(move |mut socket| async move {
        let mut stopping = Box::pin(stopping);
        let greeting = tokio::time::timeout(limits::HEADER_TIME, greet(&mut socket, operation, dialect, face, &query, &headers));
        let greeted = tokio::select! {
            greeted = greeting => greeted,
            () = &mut stopping => return,
        };
        match greeted {
            Ok(Ok(Some(greeted))) => socket::converse(socket, greeted, stopping).await,
            // It hung up before it said who it is.
            Ok(Ok(None)) => {}
            Ok(Err(error)) => reject(socket, operation, dialect, &error).await,
            Err(_) => reject(socket, operation, dialect, &StreamError::new(Code::Timeout, "connecting took too long")).await,
        }
    })
}

/// Says what is wrong, and hangs up. Clients take the code 1000 as final; what may work another time ends with another.
async fn reject(mut socket: WebSocket, operation: &Operation, dialect: Dialect, error: &StreamError) {
    let is_ours = matches!(error.code, Code::Internal | Code::Timeout);
    let text = greeting::error_text(operation, dialect, error);
    let code = if is_ours { close_code::ERROR } else { close_code::NORMAL };
    let close = CloseFrame { code, reason: "the connection was refused".into() };
    // It may have hung up already.
    if is_ours || socket.send(Message::Text(text.into())).await.is_ok() {
        let _ = socket.send(Message::Close(Some(close))).await;
        socket::wait_for_close(&mut socket).await;
    }
}
