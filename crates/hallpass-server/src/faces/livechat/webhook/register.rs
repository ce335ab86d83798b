//! `register_webhook`, `list_webhooks`, `unregister_webhook`, `list_webhook_names`.

use axum::http::Uri;
use hallpass::Resource;
use hallpass_store::DocumentWrite;
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::chat::render::is_of_2018;
use super::super::fault::{Fault, FaultType};
use super::super::keep;
use super::catalogue::{self, KINDS};
use super::{WEBHOOK, WebhookDocument, deliver, select};
use crate::lock::Footprint;

/// Webhooks of one client for one action (docs/livechat.md, Webhooks).
const MOST: usize = 3;
/// Longest URL, in characters.
const URL_CHARS: usize = 2_048;

fn asked<'a>(id: &'a str, owner: &'a str) -> Resource<'a> {
    Resource { namespace: Some(owner), ..Resource::other("webhook", id) }
}

fn of_client(call: &Call) -> Resource<'_> {
    Resource { namespace: call.client(), ..Resource::other("webhook", "") }
}

fn url(call: &Call) -> Result<String, Fault> {
    let body = call.fields();
    let text = body.required_text("url")?;
    let uri: Option<Uri> = text.parse().ok().filter(|_| text.chars().count() <= URL_CHARS);
    let uri = uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty()));
    let uri = uri.ok_or_else(|| body.refuse("url", "an http or https URL"))?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(body.refuse("url", "a URL without user and password, which would be stored in the clear"));
    }
    if !call.tenant.webhooks().reaches_private() && uri.host().is_some_and(deliver::is_private_host) {
        let text = "a public address; `hallpass serve --webhooks-to-private` allows others";
        return Err(body.refuse("url", text));
    }
    Ok(text.to_owned())
}

/// `register_webhook`.
///
/// # Errors
/// The refusal; `validation`; `limit_reached`.
pub(in crate::faces::livechat) async fn register(call: Call) -> Result<Answer, Fault> {
    let body = call.fields();
    call.permit("register_webhook", of_client(&call))?;
    let owner = call.owner_client()?.to_owned();
    let action = body.required_text("action")?;
    let names = KINDS.iter().filter_map(|kind| if is_of_2018(&call) { kind.earlier } else { Some(kind.name) });
    let kind = catalogue::find(action, is_of_2018(&call))
        .ok_or_else(|| body.refuse("action", &format!("one of {}", names.collect::<Vec<_>>().join(", "))))?;
    let webhook_type = match body.word("type", &["bot", "license"])? {
        Some(word) => Some(word.to_owned()),
        None if is_of_2018(&call) => None,
        None => return Err(body.missing("type")),
    };
    let additional_data = body.texts("additional_data")?.unwrap_or_default();
    if let Some(other) = additional_data.iter().find(|name| !matches!(name.as_str(), "chat_properties" | "chat_presence_user_ids")) {
        return Err(Fault::validation(format!("additional_data: expected chat_properties, chat_presence_user_ids, got {other}")));
    }
    let filters = select::read(&body.object_or_empty("filters")?)?;
    if !kind.in_chat && (!additional_data.is_empty() || filters.keys().any(|name| name != "source_type")) {
        return Err(Fault::validation(format!("action: {action} happens in no chat, so it has no filters by chat and no additional data")));
    }
    let webhook = WebhookDocument {
        action: kind.name.to_owned(),
        url: url(&call)?,
        secret_key: body.required_text("secret_key")?.to_owned(),
        webhook_type,
        owner_client_id: owner.clone(),
        description: body.text("description")?.map(str::to_owned),
        filters,
        additional_data,
    };
    let edit = call.edit(Footprint::facts().entity(WEBHOOK, owner.clone())).await?;
    let held: Vec<(String, WebhookDocument)> = keep::all(&call, WEBHOOK, String::new()).await?;
    let same = held.iter().filter(|(_, other)| other.owner_client_id == owner && other.action == webhook.action).count();
    if same >= MOST {
        return Err(Fault::new(
            FaultType::LimitReached,
            format!("there are {MOST} webhooks of this client for {action}, and this is the most"),
        ));
    }
    let id = keep::fresh_id();
    call.commit(edit, Vec::new(), vec![keep::put(WEBHOOK, id.clone(), &webhook)?]).await?;
    if is_of_2018(&call) { Ok(json!({"webhook_id": id})) } else { Ok(json!({"id": id})) }
}

fn show(call: &Call, id: &str, webhook: &WebhookDocument) -> Value {
    let earlier = catalogue::find(&webhook.action, false).and_then(|kind| kind.earlier);
    let action = earlier.filter(|_| is_of_2018(call)).unwrap_or(&webhook.action);
    let mut shown = Map::from_iter([
        (if is_of_2018(call) { "webhook_id" } else { "id" }.to_owned(), json!(id)),
        ("action".to_owned(), json!(action)),
        ("url".to_owned(), json!(webhook.url)),
        ("secret_key".to_owned(), json!(webhook.secret_key)),
        ("filters".to_owned(), json!(webhook.filters)),
    ]);
    if let Some(description) = &webhook.description {
        shown.insert("description".to_owned(), json!(description));
    }
    if !is_of_2018(call) {
        shown.insert("type".to_owned(), json!(webhook.webhook_type.as_deref().unwrap_or("license")));
        shown.insert("owner_client_id".to_owned(), json!(webhook.owner_client_id));
        shown.insert("additional_data".to_owned(), json!(webhook.additional_data));
    }
    Value::Object(shown)
}

/// `list_webhooks`: those of the client that is acted for. In 2018: those that the scopes reach.
///
/// # Errors
/// The refusal; `validation`.
pub(in crate::faces::livechat) async fn list(call: Call) -> Result<Answer, Fault> {
    call.permit("list_webhooks", of_client(&call))?;
    let owner = if is_of_2018(&call) { None } else { Some(call.owner_client()?.to_owned()) };
    let held: Vec<(String, WebhookDocument)> = keep::all(&call, WEBHOOK, String::new()).await?;
    let mut shown = Vec::new();
    for (id, webhook) in &held {
        let is_meant = owner.as_ref().is_none_or(|owner| *owner == webhook.owner_client_id);
        if is_meant && call.may("list_webhooks", asked(id, &webhook.owner_client_id))? {
            shown.push(show(&call, id, webhook));
        }
    }
    if is_of_2018(&call) { Ok(json!({"webhooks_config": shown})) } else { Ok(json!(shown)) }
}

/// `unregister_webhook`.
///
/// # Errors
/// The refusal; `not_found`.
pub(in crate::faces::livechat) async fn unregister(call: Call) -> Result<Answer, Fault> {
    let id = call.fields().required_text("id")?.to_owned();
    let edit = call.edit(Footprint::facts().entity(WEBHOOK, id.clone())).await?;
    let Some(webhook) = keep::find::<WebhookDocument>(&call, WEBHOOK, &id).await? else {
        call.permit("unregister_webhook", of_client(&call))?;
        return Err(keep::missing("webhook", &id));
    };
    call.permit("unregister_webhook", asked(&id, &webhook.owner_client_id))?;
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(WEBHOOK, id)]).await?;
    Ok(json!({}))
}

/// `list_webhook_names`: what one can be told of.
///
/// # Errors
/// None.
pub(in crate::faces::livechat) async fn names(call: Call) -> Result<Answer, Fault> {
    call.permit("list_webhook_names", Resource::app())?;
    let show = |kind: &catalogue::Kind| {
        let (data, filters): (&[&str], &[&str]) = if kind.in_chat {
            (&["chat_properties", "chat_presence_user_ids"], &["author_type", "only_my_chats", "chat_presence", "source_type"])
        } else {
            (&[], &["source_type"])
        };
        let filters: Vec<&str> = filters.iter().copied().filter(|name| *name != "author_type" || kind.name == "incoming_event").collect();
        json!({"action": kind.name, "additional_data": data, "filters": filters})
    };
    Ok(KINDS.iter().map(show).collect())
}
