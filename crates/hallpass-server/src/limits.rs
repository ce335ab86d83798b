//! Every limit of the server, with its reason. Each has an error of its own in each face.

use std::time::Duration;

/// Largest body of a request, in bytes, other than uploads and bulk facts: a full batch of 1,000 questions with properties fits.
pub const BODY_BYTES: usize = 2 * 1024 * 1024;

/// Largest upload, in bytes; Stream's limit. It streams to disk, so this is about disks.
pub const UPLOAD_BYTES: u64 = 100 * 1024 * 1024;

/// Deepest nesting of a JSON body. No request of any face needs more than 12; deeper ones only cost the parser.
pub const JSON_DEPTH: usize = 64;

/// Most questions in one batch: about 1 ms of engine time, so that no caller holds a worker for long.
pub const BATCH_QUESTIONS: usize = 1_000;

/// Most misspelt actions of one request that are answered with the nearest name. Each is compared with the whole catalogue, and a program
/// that asks about more of them has another problem.
pub const NEAREST_NAMES: usize = 16;

/// Most changes in one call of `/v1/apps/{app}/changes`; bulk facts have their own way in.
pub const CHANGES_PER_CALL: usize = 10_000;

/// Longest line of bulk facts, in bytes: a channel with modifiers for each of 25 roles fits ten times.
pub const FACT_LINE_BYTES: usize = 256 * 1024;

/// Lines of bulk facts that become one revision. Large enough that the disk does not matter, small enough that readers see progress.
pub const FACT_LINES_PER_COMMIT: usize = 2_000;

/// Most lines of bulk facts in one all-or-nothing call: they are one transaction, and wait in memory for it.
pub const FACT_LINES_AT_ONCE: usize = 2_000_000;

/// Longest time for a request to be answered; a check takes microseconds, a commit milliseconds.
pub const REQUEST_TIME: Duration = Duration::from_secs(30);

/// Longest time for an upload to arrive and be answered: the largest one at a megabit and a half a second.
pub const UPLOAD_TIME: Duration = Duration::from_secs(10 * 60);

/// Longest time for the head of a request to arrive, so that idle half-requests do not hold sockets.
pub const HEADER_TIME: Duration = Duration::from_secs(15);

/// Longest silence of a caller where a call may take as long as it takes: of a body that brings no byte, of an answer that is not read.
/// An exporter may pause for a slow query; who has gone does not come back. `hallpass serve --idle-timeout` sets another.
pub const IDLE_TIME: Duration = Duration::from_secs(60);

/// Most streams of one connection over HTTP/2: what the standard recommends at least, and more than one client uses.
pub const STREAMS_AT_ONCE: u32 = 100;

/// How long a check waits for the revision that it asked for with `at_least`.
pub const AT_LEAST_WAIT: Duration = Duration::from_secs(1);

/// Most entries in one page of the change feed.
pub const CHANGES_PAGE: usize = 1_000;

/// Rows that a scan or a lookup reads at a time. They are read on threads that serve no requests, and looked at on one that does; after
/// that, others get their turn.
pub const SCAN_ROWS: usize = 500;

/// Most rows that are looked up for a list without waiting for the turn of a scan, and most names that are looked up at all: far more than
/// clients ask for. What a filter names beyond that is looked through instead.
pub const LOOKUPS: usize = 5_000;

/// Scans of one app that go on at the same time; others wait. So many keep the disk busy, and leave threads to everybody else.
pub const SCANS_AT_ONCE: usize = 4;

/// How long requests in flight may take to finish after SIGTERM.
pub const DRAIN_TIME: Duration = Duration::from_secs(20);

/// How long a server that stops may take to write which scopes were used: a hint for people, worth no more than that. A thousand apps take a fraction of it.
pub const FLUSH_TIME: Duration = Duration::from_secs(5);

/// How long WebSockets and event streams may take to end after that; and then whoever still uses the store.
pub const GOODBYE_TIME: Duration = Duration::from_secs(5);

/// Longest id of an app, in characters.
pub const APP_ID_CHARS: usize = 64;
