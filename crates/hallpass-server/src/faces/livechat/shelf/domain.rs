//! Domains that may show the chat.

use hallpass::Resource;
use hallpass_store::DocumentWrite;
use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::fault::{Fault, FaultType};
use super::super::{keep, moment};
use crate::lock::Footprint;

/// Kind of allowed domains; the id is the domain.
const DOMAIN: &str = "allowed_domain";

fn domain(call: &Call) -> Result<String, Fault> {
    let body = call.fields();
    let text = body.required_text("domain")?.to_ascii_lowercase();
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'*'));
    if text.len() > 253 || !text.split('.').all(is_part) {
        return Err(body.refuse("domain", "the name of a domain"));
    }
    Ok(text)
}

/// `add_allowed_domain`.
///
/// # Errors
/// The refusal; `validation`; `already_exists`.
pub(in crate::faces::livechat) async fn add_domain(call: Call) -> Result<Answer, Fault> {
    call.permit("add_allowed_domain", Resource::other(DOMAIN, ""))?;
    let name = domain(&call)?;
    let edit = call.edit(Footprint::facts().entity(DOMAIN, name.clone())).await?;
    if keep::find::<Value>(&call, DOMAIN, &name).await?.is_some() {
        return Err(Fault::new(FaultType::AlreadyExists, format!("domain '{name}' is allowed already")));
    }
    call.commit(edit, Vec::new(), vec![keep::put(DOMAIN, name, &moment::text(call.now))?]).await?;
    Ok(json!({}))
}

/// `list_allowed_domains`.
///
/// # Errors
/// The refusal.
pub(in crate::faces::livechat) async fn list_domains(call: Call) -> Result<Answer, Fault> {
    call.permit("list_allowed_domains", Resource::other(DOMAIN, ""))?;
    let held: Vec<(String, Value)> = keep::all(&call, DOMAIN, String::new()).await?;
    Ok(held.into_iter().map(|(name, _)| json!({"domain": name})).collect())
}

/// `delete_allowed_domain`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn delete_domain(call: Call) -> Result<Answer, Fault> {
    call.permit("delete_allowed_domain", Resource::other(DOMAIN, ""))?;
    let name = domain(&call)?;
    let edit = call.edit(Footprint::facts().entity(DOMAIN, name.clone())).await?;
    keep::find::<Value>(&call, DOMAIN, &name).await?.ok_or_else(|| keep::missing("domain", &name))?;
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(DOMAIN, name)]).await?;
    Ok(json!({}))
}
