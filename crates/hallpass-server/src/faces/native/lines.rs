//! A body, line by line, as it arrives.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::StreamExt as _;

use crate::limits::FACT_LINE_BYTES;

/// Why there is no next line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineError {
    /// It is longer than [`FACT_LINE_BYTES`].
    TooLong,
    /// The connection broke.
    Incomplete,
    /// Nothing more came for too long.
    Silent,
}

/// Splits a body at newlines. Holds one line and one piece of the body at a time.
pub(super) struct Lines {
    pieces: BodyDataStream,
    piece: Bytes,
    line: Vec<u8>,
    number: u64,
    ended: bool,
    patience: Duration,
}

impl Lines {
    /// `patience` is how long the next piece of the body may take to come.
    pub(super) fn of(body: Body, patience: Duration) -> Self {
        Self { pieces: body.into_data_stream(), piece: Bytes::new(), line: Vec::new(), number: 0, ended: false, patience }
    }

    /// The next line that is not blank, with its number (the first is 1). `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<(u64, &[u8])>, LineError> {
        loop {
            self.line.clear();
            if !self.fill().await? {
                return Ok(None);
            }
            self.number += 1;
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                break;
            }
        }
        Ok(Some((self.number, &self.line)))
    }

    /// Number of the line that was read last.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Reads up to the next newline, or the end; `false` if there was nothing left.
    async fn fill(&mut self) -> Result<bool, LineError> {
        loop {
            if let Some(end) = self.piece.iter().position(|byte| *byte == b'\n') {
                let rest = self.piece.split_to(end + 1);
                self.line.extend_from_slice(rest.get(..end).unwrap_or_default());
                return if self.line.len() > FACT_LINE_BYTES { Err(LineError::TooLong) } else { Ok(true) };
            }
            self.line.extend_from_slice(&self.piece);
            self.piece = Bytes::new();
            if self.line.len() > FACT_LINE_BYTES {
                return Err(LineError::TooLong);
            }
            if self.ended {
                return Ok(!self.line.is_empty());
            }
            let piece = tokio::time::timeout(self.patience, self.pieces.next()).await;
            match piece.map_err(|_| LineError::Silent)? {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(_)) => return Err(LineError::Incomplete),
                None => {
                    self.ended = true;
                    return Ok(!self.line.is_empty());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    async fn split(pieces: &[&str]) -> Result<Vec<(u64, String)>, LineError> {
        let pieces: Vec<Result<Bytes, std::io::Error>> = pieces.iter().map(|piece| Ok(Bytes::copy_from_slice(piece.as_bytes()))).collect();
        let mut lines = Lines::of(Body::from_stream(futures_util::stream::iter(pieces)), PATIENCE);
        let mut found = Vec::new();
        while let Some((number, line)) = lines.next().await? {
            found.push((number, String::from_utf8(line.to_vec()).unwrap()));
        }
        Ok(found)
    }

    #[tokio::test]
    async fn lines_are_whole_however_they_arrive() {
        let expected = Ok(vec![(1, "one".to_owned()), (3, "three".to_owned()), (4, "four".to_owned())]);
        assert_eq!(split(&["one\n\nthree\nfour"]).await, expected);
        assert_eq!(split(&["o", "ne", "\n", "\nthr", "ee\nfour\n"]).await, expected);
        assert_eq!(split(&[]).await, Ok(vec![]));
        assert_eq!(split(&["\n \n"]).await, Ok(vec![]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_may_pause_and_not_fall_silent() {
        let pieces = futures_util::stream::unfold(0, async |piece| {
            let pause = if piece < 3 { PATIENCE - Duration::from_secs(1) } else { PATIENCE + Duration::from_secs(1) };
            tokio::time::sleep(pause).await;
            Some((Ok::<_, std::io::Error>("line\n"), piece + 1))
        });
        let mut lines = Lines::of(Body::from_stream(pieces), PATIENCE);
        for number in 1..=3 {
            assert_eq!(lines.next().await, Ok(Some((number, &b"line"[..]))));
        }
        assert_eq!(lines.next().await, Err(LineError::Silent));
    }

    #[tokio::test]
    async fn a_line_without_end_is_refused() {
        let long = "x".repeat(FACT_LINE_BYTES + 1);
        assert_eq!(split(&[&long]).await, Err(LineError::TooLong));
        assert_eq!(split(&["ok\n", &long[..FACT_LINE_BYTES], "y\n"]).await, Err(LineError::TooLong));
    }
}
