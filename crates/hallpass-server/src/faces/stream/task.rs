//! Tasks: what Stream does in the background, and Hallpass before it answers. A task is there to be asked for, and is always done.

use hallpass::Timestamp;
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::{Answer, Call};
use super::documents;
use super::error::StreamError;

const TASK: &str = "task";

#[derive(Debug, Serialize, Deserialize)]
struct Task {
    result: Value,
    at: Timestamp,
}

/// A task that is done when the command that writes it is.
pub(super) fn done(call: &Call, result: Value) -> Result<(String, DocumentWrite), StreamError> {
    let id = uuid::Uuid::new_v4().to_string();
    let written = documents::put(TASK, &id, &Task { result, at: call.now })?;
    Ok((id, written))
}

/// `GET /tasks/{id}`
pub(super) async fn get(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("id")?.to_owned();
    let task = documents::several::<Task>(&call.tenant, TASK, vec![id.clone()]).await?.remove(&id);
    let task = task.ok_or_else(|| StreamError::not_found(format!("task '{id}' does not exist")))?;
    Ok(Answer::from_iter([
        ("task_id".to_owned(), Value::from(id)),
        ("status".to_owned(), Value::from("completed")),
        ("result".to_owned(), task.result),
        ("created_at".to_owned(), call.dialect.time(task.at)),
        ("updated_at".to_owned(), call.dialect.time(task.at)),
    ]))
}
