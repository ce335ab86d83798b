//! How much of a form may arrive that is not its file, and how much of it waits in memory.
//!
//! The parser of forms takes all that has arrived before it looks at it, and keeps what comes before a field until the field begins. So
//! it gets small pieces and a look at each, and what is no part of a file is counted: a preamble or a header without an end is refused
//! after a few kilobytes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::BodyDataStream;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

/// Most bytes of a form that are not its file: fields beside it, headers, boundaries.
pub(super) const BESIDE_BYTES: usize = 64 * 1024;
/// Bytes that the parser gets at once, beside the file and in it.
const PIECE: usize = 4 * 1024;
const FILE_PIECE: usize = 64 * 1024;

/// More arrived beside the file than may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMuchBeside;

impl std::fmt::Display for TooMuchBeside {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "the form has more than {BESIDE_BYTES} bytes beside its file")
    }
}

impl std::error::Error for TooMuchBeside {}

/// A form as it arrives.
pub(super) struct Metered {
    body: BodyDataStream,
    rest: Bytes,
    in_file: Arc<AtomicBool>,
    beside: usize,
    at_once: usize,
}

impl Metered {
    /// Counts what arrives while `in_file` does not say that it is the file.
    pub(super) fn new(body: BodyDataStream, in_file: Arc<AtomicBool>) -> Self {
        Self { body, rest: Bytes::new(), in_file, beside: 0, at_once: 0 }
    }
}

impl Stream for Metered {
    type Item = Result<Bytes, Box<dyn std::error::Error + Send + Sync>>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let in_file = this.in_file.load(Ordering::Relaxed);
        let most = if in_file { FILE_PIECE } else { PIECE };
        if this.at_once >= most {
            // Enough for one look.
            this.at_once = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if this.rest.is_empty() {
            match ready!(this.body.poll_next_unpin(context)) {
                Some(Ok(bytes)) => this.rest = bytes,
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => return Poll::Ready(None),
            }
        }
        let piece = this.rest.split_to(this.rest.len().min(most - this.at_once));
        this.at_once += piece.len();
        if !in_file {
            this.beside += piece.len();
            if this.beside > BESIDE_BYTES {
                return Poll::Ready(Some(Err(Box::new(TooMuchBeside))));
            }
        }
        Poll::Ready(Some(Ok(piece)))
    }
}
