//! Batches: one method, several times. Each item is asked for by itself, and answers or fails by itself.

use serde_json::{Value, json};

use super::agent::manage as agents;
use super::bot;
use super::call::{Answer, Call};
use super::fault::Fault;
use super::method::Running;

/// Most items of a batch.
const MOST: usize = 100;

async fn each(call: Call, one: fn(Call) -> Running) -> Result<Answer, Fault> {
    let requests = call.fields().objects("requests")?.unwrap_or_default();
    if requests.is_empty() || requests.len() > MOST {
        return Err(call.fields().refuse("requests", &format!("a list of 1 to {MOST} requests")));
    }
    let mut responses: Vec<Value> = Vec::new();
    for request in requests {
        let item = Call { body: request.raw().clone(), ..call.clone() };
        responses.push(match one(item).await {
            Ok(answer) => answer,
            Err(fault) => fault.body(),
        });
    }
    Ok(json!({"responses": responses}))
}

/// `batch_create_agents`.
///
/// # Errors
/// `validation` of the batch itself; an item's stand in the answer.
pub(super) async fn create_agents(call: Call) -> Result<Answer, Fault> {
    each(call, |call| Box::pin(agents::create(call))).await
}

/// `batch_update_agents`.
///
/// # Errors
/// Those of [`create_agents`].
pub(super) async fn update_agents(call: Call) -> Result<Answer, Fault> {
    each(call, |call| Box::pin(agents::update(call))).await
}

/// `batch_delete_agents`.
///
/// # Errors
/// Those of [`create_agents`].
pub(super) async fn delete_agents(call: Call) -> Result<Answer, Fault> {
    each(call, |call| Box::pin(agents::delete(call))).await
}

/// `batch_suspend_agents`.
///
/// # Errors
/// Those of [`create_agents`].
pub(super) async fn suspend_agents(call: Call) -> Result<Answer, Fault> {
    each(call, |call| Box::pin(agents::suspend(call))).await
}

/// `batch_unsuspend_agents`.
///
/// # Errors
/// Those of [`create_agents`].
pub(super) async fn unsuspend_agents(call: Call) -> Result<Answer, Fault> {
    each(call, |call| Box::pin(agents::unsuspend(call))).await
}

/// `batch_approve_agents`.
///
/// # Errors
/// Those of [`create_agents`].
pub(super) async fn approve_agents(call: Call) -> Result<Answer, Fault> {
    each(call, |call| Box::pin(agents::approve(call))).await
}

/// `batch_create_bots`.
///
/// # Errors
/// Those of [`create_agents`].
pub(super) async fn create_bots(call: Call) -> Result<Answer, Fault> {
    each(call, |call| Box::pin(bot::create(call))).await
}

/// `batch_update_bots`.
///
/// # Errors
/// Those of [`create_agents`].
pub(super) async fn update_bots(call: Call) -> Result<Answer, Fault> {
    each(call, |call| Box::pin(bot::update(call))).await
}

/// `batch_delete_bots`.
///
/// # Errors
/// Those of [`create_agents`].
pub(super) async fn delete_bots(call: Call) -> Result<Answer, Fault> {
    each(call, |call| Box::pin(bot::delete(call))).await
}
