//! A caller who does not read.
//!
//! A dashboard keeps the change feed open, its machine is suspended, and nobody takes what is sent. The system holds some of it, and then
//! lets the writer wait, for as long as the other side's network says that it lives. Here a write that gets no further for some time ends
//! the connection, whatever is said over it; on a connection that is read there is no timer at all.
//!
//! Over HTTP/1.1, one who still sends is there: an import that tells how far it is may go to a client that reads when it has sent everything.
//! Over HTTP/2 who does not read does not hear how much they may send; what they send there is no excuse.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// A socket that is given up when what is written to it is not taken for so long.
pub(crate) struct Unread<S> {
    socket: S,
    longest: Duration,
    /// Of the write that waits.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether one who sends is waited for.
    may_send_first: bool,
}

impl<S> Unread<S> {
    pub(crate) fn new(socket: S, longest: Duration) -> Self {
        Self { socket, longest, timer: None, may_send_first: true }
    }

    /// From now on, sending does not stand for reading.
    pub(crate) fn expect_reading(&mut self) {
        self.may_send_first = false;
    }

    fn in_time(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.timer = None;
            return written;
        }
        let longest = self.longest;
        ready!(self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(longest))).as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the caller does not read")))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unread<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.in_time(context, written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, pieces: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, pieces);
        self.in_time(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unread<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(context, buffer);
        let longest = self.longest;
        if self.may_send_first
            && buffer.filled().len() > before
            && let Some(timer) = &mut self.timer
        {
            timer.as_mut().reset(Instant::now() + longest);
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const LONGEST: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn what_is_read_in_time_goes_through_and_what_nobody_reads_does_not() {
        let (near, mut far) = tokio::io::duplex(4);
        let mut near = Unread::new(near, LONGEST);
        let read = tokio::spawn(async move {
            for _ in 0..3 {
                tokio::time::sleep(LONGEST - Duration::from_secs(1)).await;
                far.read_exact(&mut [0; 4]).await.unwrap();
            }
            far
        });
        near.write_all(&[7; 16]).await.unwrap();
        let _unread = read.await.unwrap();
        let began = tokio::time::Instant::now();
        assert_eq!(near.write_all(&[7]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed(), LONGEST);
    }

    /// How long a write that nobody takes may wait while the other side sends a byte three times, each in time.
    async fn waits_for_one_who_sends(near: Unread<tokio::io::DuplexStream>, mut far: tokio::io::DuplexStream) -> Duration {
        let (mut reading, mut writing) = tokio::io::split(near);
        tokio::spawn(async move { tokio::io::copy(&mut reading, &mut tokio::io::sink()).await });
        tokio::spawn(async move {
            for _ in 0..3 {
                tokio::time::sleep(LONGEST - Duration::from_secs(1)).await;
                far.write_all(&[7]).await.unwrap();
            }
            std::future::pending::<()>().await;
        });
        let began = Instant::now();
        assert_eq!(writing.write_all(&[7; 16]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_still_sends_may_read_later_unless_they_must_read_to_send() {
        let (near, far) = tokio::io::duplex(4);
        assert_eq!(waits_for_one_who_sends(Unread::new(near, LONGEST), far).await, (LONGEST - Duration::from_secs(1)) * 3 + LONGEST);
        let (near, far) = tokio::io::duplex(4);
        let mut near = Unread::new(near, LONGEST);
        near.expect_reading();
        assert_eq!(waits_for_one_who_sends(near, far).await, LONGEST);
    }
}
