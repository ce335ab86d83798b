//! `multicast`: a message to agents or customers at once, outside of any chat.

use hallpass::Resource;
use serde_json::json;

use super::call::{Answer, Call};
use super::chat::people::{known_agent, known_groups};
use super::chat::render::is_of_2018;
use super::customer::CUSTOMER;
use super::fault::Fault;
use super::keep;

/// Largest content, in bytes of JSON: it is for small signs between programs.
const CONTENT_BYTES: usize = 10 * 1024;

/// `multicast`. Checked whole. Nobody is connected who would hear it, and it is kept nowhere, like the vendor's.
///
/// # Errors
/// The refusal; `validation`; `not_found` and `group_not_found` of recipients.
pub(super) async fn send(call: Call) -> Result<Answer, Fault> {
    call.permit("multicast", Resource::app())?;
    let body = call.fields();
    let recipients = body.required_object(if is_of_2018(&call) { "scopes" } else { "recipients" })?;
    let agents = recipients.object_or_empty("agents")?;
    let (all, ids, groups) = (agents.flag("all")?.unwrap_or(false), agents.texts("ids")?, agents.groups("groups")?);
    let customers = recipients.object_or_empty("customers")?.texts("ids")?;
    let (ids, groups, customers) = (ids.unwrap_or_default(), groups.unwrap_or_default(), customers.unwrap_or_default());
    if !all && ids.is_empty() && groups.is_empty() && customers.is_empty() {
        let text = format!("{}: expected at least one of agents.all, agents.ids, agents.groups, customers.ids", body.path("recipients"));
        return Err(Fault::validation(text));
    }
    let content = body.value("content").ok_or_else(|| body.missing("content"))?;
    if content.to_string().len() > CONTENT_BYTES {
        return Err(Fault::validation(format!("content: may have {CONTENT_BYTES} bytes at most")));
    }
    body.text("type")?;
    for agent in &ids {
        known_agent(&call, agent)?;
    }
    known_groups(&call, &groups.into_iter().collect()).await?;
    for customer in &customers {
        keep::find::<serde_json::Value>(&call, CUSTOMER, customer).await?.ok_or_else(|| keep::missing("customer", customer))?;
    }
    Ok(json!({}))
}
