//! Tokens of bots: `issue_bot_token` for the secret that `create_bot` or `reset_bot_secret` gave.

use hallpass_store::DocumentWrite;
use serde_json::json;

use super::super::agent::write;
use super::super::call::{Answer, Call};
use super::super::fault::{Fault, FaultType};
use super::{asked, asked_of, find};
use crate::key::{KeyDigest, random_hex};
use crate::lock::Footprint;
use crate::oauth::token::make_for_bot;

/// `issue_bot_token`. The secret is what proves the right; no scope is asked for.
///
/// # Errors
/// `not_found`; `authorization` for a wrong secret, client or organization.
pub(in crate::faces::livechat) async fn issue(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    let id = body.required_text("bot_id")?.to_owned();
    let secret = body.required_text("bot_secret")?.to_owned();
    let edit = call.edit(Footprint::facts().user(id.clone())).await?;
    let (_, bot) = find(&call, &id).await?;
    call.permit("issue_bot_token", asked(&id, &bot.owner_client_id))?;
    let is_right = bot.secret.is_some_and(|held| held.matches(&KeyDigest::of(&secret)));
    let is_other = |name: &str, own: &str| -> Result<bool, Fault> { Ok(body.text(name)?.is_some_and(|given| given != own)) };
    if !is_right || is_other("client_id", &bot.owner_client_id)? || is_other("organization_id", &call.organization_id())? {
        let text = "the secret, client_id or organization_id is not the bot's";
        return Err(Fault::new(FaultType::Authorization, text).with("reason", "wrong_secret"));
    }
    let made = make_for_bot(&call.tenant, &id, None, &call.author()).await.map_err(Fault::internal)?;
    call.commit(edit, made.changes, made.documents).await?;
    Ok(json!({"token": made.secret.expose()}))
}

/// `reset_bot_secret`. What was issued for the old one runs out by itself.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn reset(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("id")?.to_owned();
    let edit = call.edit(Footprint::facts().user(id.clone())).await?;
    let (mut document, mut bot) = asked_of(&call, "reset_bot_secret", &id).await?;
    let secret = random_hex(32);
    bot.secret = Some(KeyDigest::of(&secret));
    document.bot = Some(bot);
    let documents: Vec<DocumentWrite> = vec![write(&id, &document)?];
    call.commit(edit, Vec::new(), documents).await?;
    Ok(json!({"secret": secret}))
}
