//! A caller over HTTP/2 who does not take an answer.
//!
//! A gateway opens the change feed on one of many streams of a connection, and the program behind it hangs. Over HTTP/1.1 the socket fills,
//! and [`Unread`](crate::unread::Unread) ends the connection. Over HTTP/2 nothing is ever written for a stream whose caller gives no window,
//! the socket looks idle, and the other streams go on. So each stream looks after itself: an answer of which nothing was taken for some time
//! is given up, which resets that stream and no other.
//!
//! The task of a stream knows whose turn it is, ours to bring more or the caller's to take it. There is a timer only where a poll of the task
//! ends with its answer waiting for the caller; an answer that goes out at once, as those of checks do, has none.

use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::rt::Executor;
use tokio::time::{Instant, Sleep};

/// Answers are handed over in pieces of so many bytes, so that one who reads slowly is seen to read. A frame of HTTP/2.
const PIECE_BYTES: usize = 16 * 1024;

tokio::task_local! {
    /// What the task of a stream knows of its answer.
    static ANSWER: Answer;
}

#[derive(Default)]
struct Answer {
    /// Pieces that were handed over, while the caller has to take one; `None` while there is none to be taken.
    theirs: Cell<Option<u64>>,
    handed_over: Cell<u64>,
    sending: RefCell<Option<StillSending>>,
}

impl Answer {
    fn hands_over(&self) {
        self.handed_over.set(self.handed_over.get().wrapping_add(1));
        self.theirs.set(Some(self.handed_over.get()));
    }

    /// Where it is the caller's turn: a number that changes with every sign of life.
    fn signs(&self) -> Option<u64> {
        let received = self.sending.borrow().as_ref().map_or(0, |sending| sending.0.load(Ordering::Relaxed));
        self.theirs.get().map(|handed_over| handed_over.wrapping_add(received))
    }
}

/// Goes with an answer that begins before the request has ended: a caller who still sends is alive, and may read when they are through.
#[derive(Clone, Debug, Default)]
pub(crate) struct StillSending(Arc<AtomicU64>);

impl StillSending {
    /// Something more of the request came.
    pub(crate) fn received(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Makes an answer ready for a stream: from now on the caller has to take it.
pub(crate) fn hand_over(mut response: Response) -> Response {
    let sending = response.extensions_mut().remove();
    let begun = ANSWER.try_with(|answer| {
        answer.sending.replace(sending);
        answer.hands_over();
    });
    let is_small = response.body().size_hint().exact().is_some_and(|bytes| bytes <= PIECE_BYTES as u64);
    if begun.is_err() || is_small { response } else { response.map(|body| Body::new(Pieces { body, rest: Bytes::new() })) }
}

/// A body that is handed over in pieces, and notes whose turn it is.
struct Pieces {
    body: Body,
    /// Of what the body brought last.
    rest: Bytes,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            // Nothing for them to take until the body brings something.
            let _ = ANSWER.try_with(|answer| answer.theirs.set(None));
            let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => self.rest = data,
                Some(Ok(Err(trailers))) => return Poll::Ready(Some(Ok(trailers))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        let _ = ANSWER.try_with(Answer::hands_over);
        let bytes = self.rest.len().min(PIECE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(body.lower() + rest);
        hint
    }
}

/// Runs the streams of a connection, each until it ends or its answer is not taken for so long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Streams {
    longest: Duration,
}

impl Streams {
    pub(crate) fn new(longest: Duration) -> Self {
        Self { longest }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        tokio::spawn(ANSWER.scope(Answer::default(), while_taken(self.longest, stream)));
    }
}

/// The wait for the caller to take a piece.
struct Wait {
    signs: u64,
    timer: Pin<Box<Sleep>>,
}

async fn while_taken(longest: Duration, stream: impl Future<Output = ()>) {
    let mut stream = pin!(stream);
    let mut wait: Option<Wait> = None;
    std::future::poll_fn(move |context| {
        if stream.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        let Some(signs) = ANSWER.with(Answer::signs) else {
            wait = None;
            return Poll::Pending;
        };
        let wait = wait.get_or_insert_with(|| Wait { signs, timer: Box::pin(tokio::time::sleep(longest)) });
        if wait.signs != signs {
            wait.signs = signs;
            wait.timer.as_mut().reset(Instant::now() + longest);
        }
        ready!(wait.timer.as_mut().poll(context));
        tracing::debug!("the caller does not take the answer");
        Poll::Ready(())
    })
    .await;
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::BodyExt as _;
    use tokio::sync::oneshot;

    use super::*;

    const LONGEST: Duration = Duration::from_secs(60);
    const NEARLY: Duration = Duration::from_secs(59);
    const LONGER: Duration = Duration::from_secs(61);

    /// Takes a piece of an answer after each of these waits, and then no more.
    async fn takes(answer: Response, waits: &[Duration], all: oneshot::Sender<Vec<usize>>) {
        let mut body = hand_over(answer).into_body();
        let mut taken = Vec::new();
        for wait in waits {
            tokio::time::sleep(*wait).await;
            match body.frame().await {
                Some(frame) => taken.push(frame.unwrap().into_data().unwrap().len()),
                None => {
                    let _ = all.send(taken);
                    return;
                }
            }
        }
        std::future::pending::<()>().await;
    }

    /// What was taken, if all was, and how long that took.
    async fn read(answer: Response, waits: &'static [Duration]) -> (Option<Vec<usize>>, Duration) {
        let (all, taken) = oneshot::channel();
        let began = Instant::now();
        Streams::new(LONGEST).execute(takes(answer, waits, all));
        (taken.await.ok(), began.elapsed())
    }

    fn answer(body: impl Into<Body>) -> Response {
        Response::new(body.into())
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_is_waited_for_at_each_piece() {
        let pieces = vec![PIECE_BYTES, PIECE_BYTES, 100];
        assert_eq!(read(answer(vec![7; 2 * PIECE_BYTES + 100]), &[NEARLY; 4]).await, (Some(pieces), NEARLY * 4));
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_or_no_more_is_given_up() {
        assert_eq!(read(answer("small"), &[]).await, (None, LONGEST));
        assert_eq!(read(answer(vec![7; 5 * PIECE_BYTES]), &[NEARLY; 3]).await, (None, NEARLY * 3 + LONGEST));
        assert_eq!(read(answer(vec![7; 5 * PIECE_BYTES]), &[NEARLY, LONGER]).await, (None, NEARLY + LONGEST));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_of_a_quiet_feed_waits_as_long_as_it_is_quiet() {
        let quiet = LONGEST * 10;
        let feed = stream::unfold(0, move |number| async move {
            tokio::time::sleep(quiet).await;
            (number < 2).then(|| (Ok::<_, std::io::Error>(Bytes::from_static(b"event")), number + 1))
        });
        let (taken, took) = read(answer(Body::from_stream(feed)), &[Duration::ZERO; 3]).await;
        assert_eq!(taken, Some(vec![5, 5]));
        assert!(took >= quiet * 3, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_still_sends_may_read_later() {
        let sending = StillSending::default();
        let mut begun = answer("small");
        begun.extensions_mut().insert(sending.clone());
        tokio::spawn(async move {
            for _ in 0..5 {
                tokio::time::sleep(NEARLY).await;
                sending.received();
            }
        });
        let (taken, took) = read(begun, &[]).await;
        assert_eq!(taken, None);
        assert!(took > NEARLY * 5, "{took:?}");
    }

    #[tokio::test]
    async fn the_pieces_say_how_long_they_are_together() {
        let mut body = Pieces { body: Body::from(vec![7; PIECE_BYTES + 1]), rest: Bytes::new() };
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(PIECE_BYTES as u64 + 1), false));
        body.frame().await;
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(1), false));
        body.frame().await;
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(0), true));
    }
}
