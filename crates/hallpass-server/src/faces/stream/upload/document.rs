//! What is kept of an upload beside its bytes.

use hallpass::Timestamp;
use hallpass_store::DocumentWrite;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use serde::{Deserialize, Serialize};

use super::super::call::Call;
use super::super::documents;
use super::super::error::StreamError;

/// Kind of the documents of uploads, by their id.
pub(super) const UPLOAD: &str = "upload";
/// What the paths of uploads start with.
pub(super) const PATH: &str = "/uploads/";

/// What is encoded in names.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// An upload.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct UploadDocument {
    /// Random; names the file on disk, too.
    pub(super) id: String,
    /// As its uploader called it, without what no file name holds.
    pub(super) name: String,
    pub(super) bytes: u64,
    /// Who uploaded it, where the back end named somebody.
    pub(super) user: Option<String>,
    /// The channel that it was uploaded to, where it was to one.
    pub(super) channel: Option<String>,
    /// The team of the channel that it could have been for, where it was uploaded to none.
    pub(super) team: String,
    pub(super) created_at: Timestamp,
}

impl UploadDocument {
    /// The document to write.
    pub(super) fn write(&self) -> Result<DocumentWrite, StreamError> {
        documents::put(UPLOAD, &self.id, self)
    }

    /// Its name, for addresses and headers.
    pub(super) fn encoded_name(&self) -> String {
        percent_encoding::utf8_percent_encode(&self.name, NAME).to_string()
    }

    /// Where it is served.
    pub(super) fn url(&self, base: &str, app: &str) -> String {
        let name = self.encoded_name();
        format!("{base}{PATH}{app}/{}/{name}", self.id)
    }
}

/// The upload at this address, in the caller's app.
///
/// # Errors
/// Code 16 when there is none.
pub(super) async fn at(call: &Call, url: &str) -> Result<UploadDocument, StreamError> {
    let missing = || StreamError::not_found(format!("there is no upload '{url}'"));
    let (_, path) = url.split_once(PATH).ok_or_else(missing)?;
    let mut parts = path.split(['/', '?', '#']);
    let (app, id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if app != call.tenant.id() || id.is_empty() {
        return Err(missing());
    }
    documents::several(&call.tenant, UPLOAD, vec![id.to_owned()]).await?.remove(id).ok_or_else(missing)
}
