//! `POST /v1/apps/{app}/facts`: facts in bulk, one JSON object a line.
//!
//! A team moves its chat over: a million memberships in one call. Lines become durable in groups while the rest is still on its way, so
//! memory stays flat and a broken connection loses only the last group. Bad lines are reported by number and skipped; with
//! `mode=all_or_nothing` one bad line refuses them all.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use hallpass::Change;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;

use super::change::first_refused;
use super::error::ErrorBody;
use super::lines::{LineError, Lines};
use super::{ApiError, Caller, fact_line};
use crate::limits::{FACT_LINE_BYTES, FACT_LINES_AT_ONCE, FACT_LINES_PER_COMMIT};
use crate::lock::Footprint;
use crate::service::Service;
use crate::untaken::StillSending;

/// Lines whose errors are told one by one; the others are counted.
const ERRORS_TOLD: usize = 1_000;

const NDJSON: &str = "application/x-ndjson";

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    EachLine,
    AllOrNothing,
}

#[derive(Deserialize)]
pub(crate) struct FactsQuery {
    #[serde(default)]
    mode: Mode,
}

/// What became of the lines.
#[derive(Debug, Default, Clone, Serialize, ToSchema)]
pub(crate) struct FactsReport {
    /// Whether this is the last report.
    done: bool,
    /// Lines read that were not blank.
    lines: u64,
    /// Lines whose facts are durable, and seen by questions.
    written: u64,
    /// Lines that were refused.
    refused: u64,
    /// The revision that has all that was written.
    revision: u64,
    /// The refused lines, the first 1,000 of them; in the last report only.
    errors: Vec<LineProblem>,
    /// Why the rest was not read, if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<ErrorBody>,
}

impl FactsReport {
    /// What is told on the way. Who sends everything before they read has these wait for them: they stay small, however much is refused.
    fn counts(&self) -> Self {
        Self { errors: Vec::new(), stopped: None, ..*self }
    }
}

/// A refused line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LineProblem {
    /// Its number; the first is 1.
    line: u64,
    #[serde(flatten)]
    error: ErrorBody,
}

/// Writes facts in bulk.
///
/// Each line is a JSON object with one key: `user`, `channel`, `member`, `relation`, `client`, `token`, or `remove` with one of these.
/// The answer is a report when all lines are through; with `Accept: application/x-ndjson`, one report a line after each group,
/// those before the last without `errors`.
#[utoipa::path(
    post, path = "/v1/apps/{app}/facts", tag = "changes",
    params(
        ("app" = String, Path),
        ("mode" = Option<String>, Query, description = "`each_line` (default) or `all_or_nothing`"),
        ("author" = Option<String>, Query, description = "For whom; goes into the log")
    ),
    request_body(content = String, content_type = "application/x-ndjson"), security(("server_key" = []), ("root_key" = [])),
    responses(
        (status = 200, description = "What became of the lines, also where some were refused", body = FactsReport),
        (status = 400, description = "All or nothing: nothing has changed", body = FactsReport),
        (status = "4XX", description = "What is wrong", body = ApiError)
    )
)]
pub(crate) async fn facts(
    caller: Caller,
    State(service): State<Service>,
    query: Result<Query<FactsQuery>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let Ok(Query(FactsQuery { mode })) = query else { return Err(ApiError::bad("mode", "each_line or all_or_nothing")) };
    let wants_progress = wants_progress(request.headers());
    let idle = service.idle_time();
    let lines = Lines::of(request.into_body(), idle);
    let sending = StillSending::default();
    let import = Import { caller, mode, idle, lines, sending, report: FactsReport::default(), changes: Vec::new() };
    if wants_progress {
        return Ok(import.run_with_progress());
    }
    let (report, stopped) = import.run(&mut |_| {}).await;
    let status = match stopped {
        Some(status) => status,
        None if mode == Mode::AllOrNothing && report.written < report.lines => StatusCode::BAD_REQUEST,
        None => StatusCode::OK,
    };
    Ok((status, Json(report)).into_response())
}

fn wants_progress(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains(NDJSON))
}

/// A bulk call in progress.
struct Import {
    caller: Caller,
    mode: Mode,
    idle: Duration,
    lines: Lines,
    /// Hears of every line.
    sending: StillSending,
    report: FactsReport,
    /// Read, and not yet written.
    changes: Vec<(u64, Change)>,
}

impl Import {
    /// Answers at once, with a report after each group. A reader that falls behind misses reports, never facts.
    fn run_with_progress(self) -> Response {
        let (reports, told) = mpsc::channel::<FactsReport>(64);
        let (idle, sending) = (self.idle, self.sending.clone());
        tokio::spawn(async move {
            let (last, _) = self.run(&mut |report| drop(reports.try_send(report.counts()))).await;
            // The last one is worth waiting for.
            let _ = reports.send_timeout(last, idle).await;
        });
        let lines = ReceiverStream::new(told).map(|report| {
            let mut line = serde_json::to_vec(&report)?;
            line.push(b'\n');
            Ok::<_, serde_json::Error>(line)
        });
        ([(CONTENT_TYPE, NDJSON)], Extension(sending), Body::from_stream(lines)).into_response()
    }

    /// The last report, and the status of what stopped it before the end.
    async fn run(mut self, progress: &mut (dyn FnMut(&FactsReport) + Send)) -> (FactsReport, Option<StatusCode>) {
        self.report.revision = self.caller.tenant.engine().revision().0;
        let stopped = self.read_and_write(progress).await.err();
        let status = stopped.as_ref().map(ApiError::status);
        self.report.stopped = stopped.map(|stopped| *stopped.error);
        self.report.done = true;
        (self.report, status)
    }

    async fn read_and_write(&mut self, progress: &mut (dyn FnMut(&FactsReport) + Send)) -> Result<(), ApiError> {
        loop {
            let read = match self.lines.next().await {
                Ok(Some((number, line))) => (number, fact_line::read(line)),
                Ok(None) => break,
                Err(error) => {
                    // What arrived whole is written all the same, unless it is all or nothing.
                    if self.mode == Mode::EachLine {
                        self.write().await?;
                    }
                    return Err(line_error(error, self.lines.number() + 1, self.idle));
                }
            };
            self.report.lines += 1;
            self.sending.received();
            match read {
                (number, Ok(change)) => self.changes.push((number, change)),
                (number, Err(error)) => self.refuse(number, error),
            }
            match self.mode {
                Mode::EachLine if self.changes.len() >= FACT_LINES_PER_COMMIT => {
                    self.write().await?;
                    progress(&self.report);
                }
                Mode::AllOrNothing if self.changes.len() > FACT_LINES_AT_ONCE => {
                    let message = format!("all or nothing takes at most {FACT_LINES_AT_ONCE} lines in one call; nothing has changed");
                    return Err(ApiError::new(StatusCode::BAD_REQUEST, "too_many_lines", message));
                }
                _ => {}
            }
        }
        self.write().await
    }

    /// Writes what has been read, as one revision.
    async fn write(&mut self) -> Result<(), ApiError> {
        let edit = self.caller.tenant.edit(Footprint::policy()).await?;
        let (mut numbers, mut changes): (Vec<u64>, Vec<Change>) = std::mem::take(&mut self.changes).into_iter().unzip();
        while let Some((index, error)) = first_refused(edit.engine(), &changes) {
            self.refuse(numbers.remove(index), ApiError::from(error));
            changes.remove(index);
            if self.mode == Mode::AllOrNothing {
                break;
            }
        }
        if self.mode == Mode::AllOrNothing && self.report.refused > 0 {
            return Ok(());
        }
        let written = numbers.len() as u64;
        self.report.revision = edit.commit(self.caller.author(), changes, Vec::new()).await?.0;
        self.report.written += written;
        Ok(())
    }

    fn refuse(&mut self, line: u64, error: ApiError) {
        self.report.refused += 1;
        if self.report.errors.len() < ERRORS_TOLD {
            self.report.errors.push(LineProblem { line, error: *error.error });
        }
    }
}

fn line_error(error: LineError, number: u64, idle: Duration) -> ApiError {
    match error {
        LineError::TooLong => {
            let message = format!("line {number} is longer than {FACT_LINE_BYTES} bytes; what follows was not read");
            ApiError::new(StatusCode::BAD_REQUEST, "line_too_long", message)
        }
        LineError::Incomplete => {
            ApiError::new(StatusCode::BAD_REQUEST, "body_incomplete", format!("the connection broke in line {number}"))
        }
        LineError::Silent => {
            let message = format!("nothing more of line {number} came for {} s", idle.as_secs());
            ApiError::new(StatusCode::REQUEST_TIMEOUT, "body_idle", message)
        }
    }
}
