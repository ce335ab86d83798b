//! `POST …/file` and `…/image`, of a channel or of the app.

use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::channel::must_exist;
use super::super::dialect::Dialect;
use super::super::error::StreamError;
use super::document::UploadDocument;
use super::form::{text, unreadable};
use super::place::{Place, team};
use super::rules::{Kind, Rules, clean};
use super::shelf::{Incoming, of_app, remove};
use crate::lock::Footprint;

/// `POST /channels/{type}/{id}/file`, `POST /uploads/file`
pub(in super::super) async fn file(call: Call) -> Result<Answer, StreamError> {
    receive(&call, Kind::File).await
}

/// `POST /channels/{type}/{id}/image`, `POST /uploads/image`
pub(in super::super) async fn image(call: Call) -> Result<Answer, StreamError> {
    receive(&call, Kind::Image).await
}

async fn receive(call: &Call, kind: Kind) -> Result<Answer, StreamError> {
    let place = Place::of(call)?;
    // Before the first byte of the file.
    place.permit_uploading(call)?;
    let no_directory = || StreamError::input("this server has no data directory, and keeps no uploads");
    let shelf = of_app(call.upload.directory.as_deref().ok_or_else(no_directory)?, call.tenant.id());
    let rules = Rules::of(call, kind);
    let mut form = call.upload.form()?;
    let mut upload = UploadDocument {
        id: uuid::Uuid::new_v4().simple().to_string(),
        user: call.caller.user().map(str::to_owned),
        channel: place.channel().map(ToString::to_string),
        team: team(call),
        created_at: call.now,
        ..UploadDocument::default()
    };
    let mut incoming = None;
    while let Some(mut field) = form.next().await? {
        match field.name().unwrap_or_default() {
            "file" if incoming.is_none() => {
                upload.name = clean(field.file_name().unwrap_or_default());
                let mime = field.content_type().map(|mime| mime.essence_str().to_owned()).unwrap_or_default();
                rules.good_type(&upload.name, &mime)?;
                let mut file = Incoming::start(&shelf, &upload.id).await.map_err(StreamError::internal)?;
                form.enters_file();
                while let Some(piece) = field.chunk().await.map_err(unreadable)? {
                    upload.bytes += u64::try_from(piece.len()).unwrap_or(u64::MAX);
                    rules.good_size(upload.bytes)?;
                    file.write(&piece).await.map_err(StreamError::internal)?;
                }
                incoming = Some(file);
            }
            "user" => {
                let named = named(&text(field).await?)?;
                // Clients may send themselves along; only the back end uploads for somebody.
                upload.user = if call.caller.is_server() { named } else { upload.user };
            }
            _ => drop(text(field).await?),
        }
    }
    let incoming = incoming.ok_or_else(|| StreamError::field("file", "is required"))?;
    must_exist(call.tenant.engine(), upload.user.as_deref())?;
    incoming.keep(&shelf, &upload.id).await.map_err(StreamError::internal)?;
    if let Err(error) = note(call, &upload).await {
        remove(&shelf, &upload.id).await;
        return Err(error);
    }
    let mut answer = Answer::from_iter([("file".to_owned(), json!(upload.url(&call.upload.base, call.tenant.id())))]);
    if kind == Kind::Image && call.dialect == Dialect::Prefixed {
        answer.insert("upload_sizes".to_owned(), json!([]));
    }
    Ok(answer)
}

/// Notes an upload whose file is there. It took minutes, perhaps, to arrive: whether it may be is asked again.
async fn note(call: &Call, upload: &UploadDocument) -> Result<(), StreamError> {
    let footprint = upload.channel.iter().fold(Footprint::facts(), |footprint, id| footprint.channel(id.as_str()));
    let footprint = call.caller.user().into_iter().fold(footprint, |footprint, id| footprint.user(id));
    let edit = call.edit(footprint).await?;
    Place::of(call)?.permit_uploading(call)?;
    call.commit(edit, Vec::new(), vec![upload.write()?]).await
}

/// The id in the field `user`.
fn named(text: &str) -> Result<Option<String>, StreamError> {
    let user = crate::json::parse(text.as_bytes()).map_err(|error| StreamError::field("user", error.to_string()))?;
    Ok(user.get("id").and_then(Value::as_str).map(str::to_owned))
}
