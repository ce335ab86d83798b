//! What is left of a request's body when it was answered without reading it.
//!
//! A request with a wrong key is refused at its head. If the connection were closed while the caller still writes the body, many clients
//! would report a broken pipe and never read the answer that says why. So a refusal first reads what is left, if it is not much.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// Most bytes that are read only to be thrown away: more than any request of the command line but bulk facts.
const LEFTOVER_BYTES: usize = 256 * 1024;
/// Longest time that this may take.
const LEFTOVER_TIME: Duration = Duration::from_millis(500);

/// A body that can be read on when the handler has dropped it.
struct Shared(Arc<Mutex<Body>>);

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}

/// The part of a body that nobody has read yet.
pub(crate) struct Leftover(Option<Arc<Mutex<Body>>>);

impl Leftover {
    /// The request, and a hold on its body.
    pub(crate) fn of(request: Request) -> (Request, Self) {
        if request.body().is_end_stream() {
            return (request, Self(None));
        }
        let mut held = None;
        let request = request.map(|body| {
            let body = Arc::new(Mutex::new(body));
            held = Some(Arc::clone(&body));
            Body::new(Shared(body))
        });
        (request, Self(held))
    }

    /// Reads what a refused request has left. A handler that answers well has read its body, or reads on while it answers.
    pub(crate) async fn read_after(self, status: StatusCode) {
        let Some(body) = self.0 else { return };
        let refused = status.is_client_error() || status.is_server_error();
        if refused && !Shared(Arc::clone(&body)).is_end_stream() {
            let _ = tokio::time::timeout(LEFTOVER_TIME, throw_away(Body::new(Shared(body)))).await;
        }
    }
}

async fn throw_away(body: Body) {
    let mut pieces = body.into_data_stream();
    let mut read = 0;
    while let Some(Ok(piece)) = pieces.next().await {
        read += piece.len();
        if read > LEFTOVER_BYTES {
            return;
        }
    }
}
