//! Channel types: create, list, get, update, delete.

mod command;
pub(super) mod config;

use hallpass::{App, Change, ChannelType, Level};
use hallpass_store::DocumentWrite;
use serde_json::{Map, Value};

use self::config::Commands;
use super::call::{Answer, Call};
use super::documents::{self, CHANNEL_TYPE, ChannelTypeDocument};
use super::error::StreamError;
use super::grants::{self, GrantsPatch};
use crate::lock::Footprint;

/// Longest name, in characters. Types are the front part of channel ids, which have the same limit.
const NAME_CHARS: usize = 64;

/// `POST /channeltypes`
pub(super) async fn create(call: Call) -> Result<Answer, StreamError> {
    let name = call.body.required_text("name")?.to_owned();
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.chars().count() > NAME_CHARS || !name.chars().all(good) {
        let expected = format!("expected at most {NAME_CHARS} letters, digits, _ and -, got '{name}'");
        return Err(StreamError::field("name", expected));
    }
    let edit = call.edit(Footprint::policy()).await?;
    let engine = edit.engine();
    if engine.channel_type(&name).is_some() {
        return Err(StreamError::field("name", format!("channel type '{name}' already exists")).with("reason", "duplicate_channel_type"));
    }
    let template = engine.channel_type(&engine.profile().catalogue().channel_type_template);
    let fact = ChannelType { name: name.clone(), features_off: template.map(|template| template.features_off).unwrap_or_default() };
    let document = ChannelTypeDocument { created_at: call.now, ..ChannelTypeDocument::default() };
    let (changes, documents) = changes(&call, engine, fact, document)?;
    call.commit(edit, changes, documents).await?;
    show(&call, &name, Commands::Names).await
}

/// `PUT /channeltypes/{name}`: changes what is named.
pub(super) async fn update(call: Call) -> Result<Answer, StreamError> {
    let name = call.path("name")?.to_owned();
    let edit = call.edit(Footprint::policy()).await?;
    let fact = edit.engine().channel_type(&name).ok_or_else(|| missing(&name))?;
    let document = document_of(&call, &name).await?;
    let (changes, documents) = changes(&call, edit.engine(), fact, document)?;
    call.commit(edit, changes, documents).await?;
    show(&call, &name, Commands::Names).await
}

/// `GET /channeltypes/{name}`
pub(super) async fn get(call: Call) -> Result<Answer, StreamError> {
    let name = call.path("name")?.to_owned();
    show(&call, &name, Commands::Objects).await
}

/// `GET /channeltypes`
pub(super) async fn list(call: Call) -> Result<Answer, StreamError> {
    Ok(Answer::from_iter([("channel_types".to_owned(), Value::Object(render_all(&call, Commands::Objects).await?))]))
}

/// `DELETE /channeltypes/{name}`
pub(super) async fn delete(call: Call) -> Result<Answer, StreamError> {
    let name = call.path("name")?.to_owned();
    let edit = call.edit(Footprint::policy()).await?;
    edit.engine().channel_type(&name).ok_or_else(|| missing(&name))?;
    let mut changes = deleted_channels(&call, &name).await?;
    changes.push(Change::ChannelTypeRemoved { name: name.clone() });
    call.commit(edit, changes, vec![DocumentWrite::delete(CHANNEL_TYPE, name)]).await?;
    Ok(Answer::new())
}

/// Removes what is left of the deleted channels of a type.
///
/// # Errors
/// When a channel of it is not deleted.
async fn deleted_channels(call: &Call, name: &str) -> Result<Vec<Change>, StreamError> {
    /// Channels per page.
    const PAGE: usize = 1000;
    let (mut changes, mut after) = (Vec::new(), None);
    loop {
        let (channel_type, from) = (name.to_owned(), after.take());
        let read = call.tenant.read(move |store, app| store.channels(app, Some(&channel_type), from.as_ref(), PAGE));
        let page = read.await.map_err(StreamError::internal)?;
        if let Some(channel) = page.iter().find(|channel| !channel.deleted) {
            let text = format!("channel type '{name}' has channels, such as '{}'; delete them first", channel.id);
            return Err(StreamError::field("name", text).with("reason", "channel_type_in_use"));
        }
        let Some(last) = page.last() else { return Ok(changes) };
        after = Some(last.id.clone());
        changes.extend(page.into_iter().map(|channel| Change::ChannelRemoved { id: channel.id }));
    }
}

/// All types by name, as the list and the app's settings show them.
pub(super) async fn render_all(call: &Call, commands: Commands) -> Result<Map<String, Value>, StreamError> {
    let mut documents = documents::all::<ChannelTypeDocument>(&call.tenant, CHANNEL_TYPE).await?;
    let types = call.tenant.engine().channel_types().into_iter();
    let shown = types.map(|fact| {
        let document = documents.remove(&fact.name).unwrap_or_else(|| unwritten(call));
        (fact.name.clone(), Value::Object(render(call, &fact, &document, commands)))
    });
    Ok(shown.collect())
}

/// The answer to a request for a type that there is not.
pub(super) fn missing(name: &str) -> StreamError {
    StreamError::not_found(format!("channel type '{name}' does not exist"))
}

/// What is noted about a type; built-in ones have nothing until they are changed.
pub(super) async fn document_of(call: &Call, name: &str) -> Result<ChannelTypeDocument, StreamError> {
    Ok(documents::channel_type(&call.tenant, name).await?.unwrap_or_else(|| unwritten(call)))
}

fn unwritten(call: &Call) -> ChannelTypeDocument {
    let made = documents::unknown_time(&call.tenant);
    ChannelTypeDocument { created_at: made, updated_at: made, ..ChannelTypeDocument::default() }
}

fn changes(
    call: &Call,
    engine: &App,
    mut fact: ChannelType,
    mut document: ChannelTypeDocument,
) -> Result<(Vec<Change>, Vec<DocumentWrite>), StreamError> {
    for (feature, on) in config::read_features(&call.body, engine.profile().catalogue())? {
        if on {
            fact.features_off.remove(&feature)
        } else {
            fact.features_off.insert(feature)
        };
    }
    config::read_settings(&call.body, &mut document.config)?;
    document.updated_at = call.now;
    let grants = GrantsPatch::read(&call.body, call.dialect)?;

    let written = documents::put(CHANNEL_TYPE, &fact.name, &document)?;
    let level = Level::ChannelType(fact.name.clone());
    let mut changes = Vec::new();
    if engine.channel_type(&fact.name).as_ref() != Some(&fact) {
        changes.push(Change::ChannelTypePut(fact));
    }
    changes.extend(grants.changes(engine, &level));
    Ok((changes, vec![written]))
}

async fn show(call: &Call, name: &str, commands: Commands) -> Result<Answer, StreamError> {
    let fact = call.tenant.engine().channel_type(name).ok_or_else(|| missing(name))?;
    let document = document_of(call, name).await?;
    Ok(render(call, &fact, &document, commands))
}

fn render(call: &Call, fact: &ChannelType, document: &ChannelTypeDocument, commands: Commands) -> Map<String, Value> {
    let engine = call.tenant.engine();
    let is_on = |feature: &str| !fact.features_off.contains(feature);
    let mut shown = config::render(engine.profile().catalogue(), is_on, &document.config, commands);
    shown.insert("name".to_owned(), Value::from(fact.name.as_str()));
    shown.insert("grants".to_owned(), grants::render(engine, &Level::ChannelType(fact.name.clone())));
    // Policies of permission system v1, which has no effect here.
    shown.insert("permissions".to_owned(), Value::Array(Vec::new()));
    shown.insert("created_at".to_owned(), call.dialect.time(document.created_at));
    shown.insert("updated_at".to_owned(), call.dialect.time(document.updated_at));
    shown
}
