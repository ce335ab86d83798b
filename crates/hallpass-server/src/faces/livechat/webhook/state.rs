//! Whether the webhooks of a client are enabled for the license: they are told nothing before somebody enables them.

use hallpass::Resource;
use serde_json::json;

use super::super::call::{Answer, Call};
use super::super::fault::Fault;
use super::super::keep;
use crate::lock::Footprint;

/// Kind of the documents that say so; the id is the client's.
pub(in crate::faces::livechat) const STATE: &str = "webhooks_state";

/// `@livechat/lc-sdk-js` calls the owner `client_id`.
fn with_owner(mut call: Call) -> Call {
    if let Some(client) = call.body.remove("client_id").filter(|client| !client.is_null()) {
        call.body.entry("owner_client_id").or_insert(client);
    }
    call
}

async fn set(call: Call, action: &'static str, enabled: bool) -> Result<Answer, Fault> {
    let call = with_owner(call);
    call.permit(action, Resource { namespace: call.client(), ..Resource::other("webhook", "") })?;
    let owner = call.owner_client()?.to_owned();
    let edit = call.edit(Footprint::facts().entity(STATE, owner.clone())).await?;
    call.commit(edit, Vec::new(), vec![keep::put(STATE, owner, &enabled)?]).await?;
    Ok(json!({}))
}

/// `enable_license_webhooks`.
///
/// # Errors
/// The refusal; `validation`.
pub(in crate::faces::livechat) async fn enable(call: Call) -> Result<Answer, Fault> {
    set(call, "enable_license_webhooks", true).await
}

/// `disable_license_webhooks`.
///
/// # Errors
/// The refusal; `validation`.
pub(in crate::faces::livechat) async fn disable(call: Call) -> Result<Answer, Fault> {
    set(call, "disable_license_webhooks", false).await
}

/// `get_license_webhooks_state`.
///
/// # Errors
/// The refusal; `validation`.
pub(in crate::faces::livechat) async fn get(call: Call) -> Result<Answer, Fault> {
    let call = with_owner(call);
    call.permit("get_license_webhooks_state", Resource { namespace: call.client(), ..Resource::other("webhook", "") })?;
    let owner = call.owner_client()?.to_owned();
    let enabled: bool = keep::find(&call, STATE, &owner).await?.unwrap_or(false);
    Ok(json!({"license_webhooks_enabled": enabled}))
}
