//! A connection at work: sends what waits, answers signs of life, ends when there is a reason.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use hallpass::{ChannelId, Timestamp};

use super::super::error::StreamError;
use super::super::event::{self, Event};
use super::super::live::outbox::Ending;
use super::super::live::watch;
use super::super::user::render::Users;
use super::greeting::{Greeted, health_check};

/// A client that has said nothing for so long is gone: SDKs say that they are alive every 25 s.
pub(in super::super) const SILENCE_MS: u64 = 90_000;
/// How long one message may take to leave. The queue behind it fills meanwhile.
const SEND_TIME: Duration = Duration::from_secs(30);
/// How long the other side may take to say goodbye too.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// Why a conversation ends, as the code that the other side is told. With all of them but 1000 SDKs connect again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It hung up, or does not take what it is sent. There is nobody to tell.
    Gone,
    /// The code of a goodbye.
    Said(u16, &'static str),
}

/// Talks until one side ends it.
pub(super) async fn converse(mut socket: WebSocket, greeted: Greeted, stopping: impl Future<Output = ()>) {
    let Greeted { call, place, mut inbox, expires_at, hello, is_first } = greeted;
    if is_first {
        event::told(presence(&call, true)).await;
    }
    tokio::pin!(stopping);
    let clock = call.tenant.clock();
    let mut heard_at = clock.now();
    let mut next: Option<Utf8Bytes> = Some(hello.into());
    let end = loop {
        if let Some(text) = next.take() {
            let mut ending = inbox.ending.clone();
            let sent = tokio::select! {
                sent = tokio::time::timeout(SEND_TIME, socket.send(Message::Text(text))) => sent.is_ok_and(|sent| sent.is_ok()),
                // While a message does not leave, nothing that is put behind it can.
                _ = ending.wait_for(Option::is_some) => false,
            };
            if !sent {
                break End::Gone;
            }
        }
        let silence = Timestamp::from_ms(heard_at.as_ms().saturating_add(SILENCE_MS));
        let mut ending = inbox.ending.clone();
        tokio::select! {
            biased;
            () = &mut stopping => break End::Said(close_code::RESTART, "the server stops"),
            why = ending.wait_for(Option::is_some) => match why.ok().and_then(|why| *why) {
                Some(Ending::NoLongerWelcome) => break End::Said(close_code::POLICY, "the connection is no longer allowed"),
                Some(Ending::Slow) | None => break End::Gone,
            },
            () = expiry(clock, expires_at) => break End::Said(close_code::POLICY, "the token has expired"),
            () = clock.until(silence) => break End::Said(close_code::AWAY, "nothing was heard for too long"),
            received = socket.recv() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => break End::Gone,
                Some(Ok(message)) => {
                    heard_at = clock.now();
                    if is_sign_of_life(&message) {
                        place.hub.put(&place.id, health_check(&call.tenant, &place.id, call.dialect).into());
                    }
                }
            },
            text = inbox.next() => match text {
                Some(text) => next = Some(text),
                None => break End::Gone,
            },
        }
    };
    let watched = place.hub.leave(&place.id).unwrap_or_default();
    if let End::Said(code, reason) = end {
        let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        if tokio::time::timeout(CLOSE_TIME, socket.send(close)).await.is_ok_and(|sent| sent.is_ok()) {
            wait_for_close(&mut socket).await;
        }
    }
    drop(socket);
    for channel in watched {
        event::told(left(&call, &place.hub, &channel)).await;
    }
    if call.caller.user().is_some_and(|user| !place.hub.is_online(user)) {
        event::told(presence(&call, false)).await;
    }
}

async fn left(call: &super::Call, hub: &super::super::live::hub::Hub, channel: &ChannelId) -> Result<(), StreamError> {
    watch::tell(call, hub, "user.watching.stop", channel).await
}

/// `[{"type": "health.check", …}]`, or without the list.
fn is_sign_of_life(message: &Message) -> bool {
    matches!(message, Message::Text(text) if text.contains("\"health.check\""))
}

async fn expiry(clock: &crate::clock::Clock, at: Option<Timestamp>) {
    match at {
        Some(at) => clock.until(at).await,
        None => std::future::pending().await,
    }
}

/// Reads on until the other side has said goodbye too, so that what was sent last is not lost with the socket.
pub(super) async fn wait_for_close(socket: &mut WebSocket) {
    let closed = async { while let Some(Ok(_)) = socket.recv().await {} };
    let _ = tokio::time::timeout(CLOSE_TIME, closed).await;
}

/// Tells those who asked for it that a user has come or gone, unless the user does not want to be seen.
async fn presence(call: &super::Call, online: bool) -> Result<(), StreamError> {
    let Some(user) = call.caller.user() else { return Ok(()) };
    for voice in call.voices() {
        let Some(mut shown) = Users::of(&voice, [user.to_owned()]).await?.get(user) else { continue };
        if shown.get("invisible").and_then(serde_json::Value::as_bool) == Some(true) {
            return Ok(());
        }
        if let Some(object) = shown.as_object_mut() {
            object.insert("online".to_owned(), online.into());
        }
        voice.announce(Event::of_presence(user).with("user", shown));
    }
    Ok(())
}
