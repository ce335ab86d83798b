//! `GET /v1/apps/{app}/changes`: the change feed, in pages or as server-sent events.
//!
//! An auditor asks for the page after the last one that they have. A cache keeps the event stream open and drops what a change touches;
//! when its connection breaks it comes back with `Last-Event-ID` and misses nothing.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::Stream;
use hallpass::Revision;
use hallpass_store::{Committed, StoreError};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;

use super::{ApiError, Caller};
use crate::limits::CHANGES_PAGE;
use crate::service::Service;
use crate::tenant::Tenant;

/// How often a quiet event stream says that it is alive: below the idle limits of common proxies.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Commits read at a time for an event stream, and events that wait for a slow reader.
const EVENTS_AT_ONCE: usize = 100;

#[derive(Deserialize)]
pub(crate) struct FeedQuery {
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

/// A page of the feed.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedPage {
    /// Commits, oldest first: `{app, revision, at, author, changes, documents}`.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Committed>,
    /// The `after` of the next page.
    next_after: u64,
    /// The newest revision. The feed has been read to its end when `next_after` equals it.
    revision: u64,
}

/// Reads the change feed after a revision.
///
/// With `Accept: text/event-stream` the connection stays open: one event a commit, its id the revision; `Last-Event-ID` goes before `after`.
#[utoipa::path(
    get, path = "/v1/apps/{app}/changes", tag = "changes",
    params(
        ("app" = String, Path),
        ("after" = Option<u64>, Query, description = "The last revision that you have; 0 from the beginning"),
        ("limit" = Option<usize>, Query, description = "Commits a page, at most 1000")
    ),
    security(("server_key" = []), ("root_key" = [])),
    responses((status = 200, description = "A page, or the event stream", body = FeedPage), (status = "4XX", description = "What is wrong", body = ApiError))
)]
pub(crate) async fn changes(
    caller: Caller,
    State(service): State<Service>,
    query: Result<Query<FeedQuery>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Ok(Query(FeedQuery { after, limit })) = query else {
        return Err(ApiError::bad("after", "a revision (a whole number); limit: a number of commits"));
    };
    let live = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/event-stream"));
    let after = if live { last_event(&headers)?.unwrap_or(after) } else { after };
    let tenant = caller.tenant;
    let newest = tenant.engine().revision();
    if after > newest.0 {
        return Err(ApiError::behind("after", Revision(after), newest));
    }
    if live {
        // What a page would refuse, a stream refuses before it begins.
        tenant.read(move |store, app| store.log_reaches(app, Revision(after))).await?;
        return Ok(Sse::new(events(tenant, Revision(after), &service)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response());
    }
    let limit = limit.unwrap_or(100).clamp(1, CHANGES_PAGE);
    let changes = tenant.read(move |store, app| store.changes_after(app, Revision(after), limit)).await?;
    let next_after = changes.last().map_or(after, |last| last.revision.0);
    Ok(Json(FeedPage { changes, next_after, revision: newest.0.max(next_after) }).into_response())
}

fn last_event(headers: &HeaderMap) -> Result<Option<u64>, ApiError> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let revision = value.to_str().ok().and_then(|text| text.parse().ok());
    revision.map(Some).ok_or_else(|| ApiError::bad("Last-Event-ID", "the id of an event of this feed: a revision"))
}

/// The feed from a revision on, until the reader goes, the app is deleted or the server stops.
fn events(tenant: Arc<Tenant>, after: Revision, service: &Service) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let (events, stream) = mpsc::channel(EVENTS_AT_ONCE);
    let stopping = service.stopping();
    let reader = Reader { events, patience: service.idle_time() };
    tokio::spawn(async move {
        tokio::select! {
            () = stopping => {}
            () = reader.events.closed() => {}
            () = tenant.deleted() => {}
            () = feed(&tenant, after, &reader) => {}
        }
    });
    ReceiverStream::new(stream)
}

/// Who reads an event stream.
struct Reader {
    events: mpsc::Sender<Result<Event, Infallible>>,
    patience: Duration,
}

impl Reader {
    /// Whether they are there, and took it or will: one who lets as many events as may wait do so for too long is dropped. They may come
    /// back with `Last-Event-ID`.
    async fn takes(&self, event: Event) -> bool {
        self.events.send_timeout(Ok(event), self.patience).await.is_ok()
    }
}

async fn feed(tenant: &Tenant, mut after: Revision, reader: &Reader) {
    let mut revisions = tenant.revisions();
    loop {
        let page = match tenant.read(move |store, app| store.changes_after(app, after, EVENTS_AT_ONCE)).await {
            Ok(page) => page,
            Err(error) => return give_up(tenant, &error),
        };
        for committed in &page {
            after = committed.revision;
            let event = Event::default().id(after.to_string()).event("commit").json_data(committed);
            let Ok(event) = event else { return };
            if !reader.takes(event).await {
                return;
            }
        }
        if page.is_empty() && revisions.wait_for(|seen| *seen > after).await.is_err() {
            return;
        }
    }
}

fn give_up(tenant: &Tenant, error: &StoreError) {
    tracing::error!(app = tenant.id(), %error, "change feed");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_reader_who_takes_nothing_is_dropped_and_a_slow_one_is_not() {
        const PATIENCE: Duration = Duration::from_secs(60);
        let (events, mut stream) = mpsc::channel(1);
        let reader = Reader { events, patience: PATIENCE };
        let slow = tokio::spawn(async move {
            for _ in 0..3 {
                tokio::time::sleep(PATIENCE - Duration::from_secs(1)).await;
                assert!(stream.recv().await.is_some());
            }
            stream
        });
        for _ in 0..4 {
            assert!(reader.takes(Event::default()).await);
        }
        let _unread = slow.await.unwrap();
        assert!(!reader.takes(Event::default()).await);
    }
}
