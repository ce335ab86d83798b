//! `DELETE …/file?url=` and `…/image?url=`, of a channel or of the app.

use hallpass_store::DocumentWrite;

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::document::{UPLOAD, at};
use super::place::Place;
use super::shelf::{of_app, remove};
use crate::lock::Footprint;

/// Deletes the upload that the address names. From then on nothing is served there.
pub(in super::super) async fn delete(call: Call) -> Result<Answer, StreamError> {
    let query = call.query.fields()?;
    let url = query.required_text("url")?;
    let place = Place::of(&call)?;
    let upload = at(&call, url).await?;
    place.permit_deleting(&call, &upload)?;
    let edit = call.edit(Footprint::facts().entity(UPLOAD, &upload.id)).await?;
    call.commit(edit, Vec::new(), vec![DocumentWrite::delete(UPLOAD, &upload.id)]).await?;
    if let Some(directory) = &call.upload.directory {
        remove(&of_app(directory, call.tenant.id()), &upload.id).await;
    }
    Ok(Answer::new())
}
