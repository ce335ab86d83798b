//! Where an upload belongs: to a channel, or to the app.
//!
//! Uploading is a permission in channels. An upload to none is for a channel that is not known yet, often one that its uploader is about
//! to make: it is allowed to whoever may upload to a channel of their own, of some type. Deleting it is asked in the same way.

use hallpass::{ChannelId, Resource};

use super::super::call::Call;
use super::super::channel;
use super::super::error::StreamError;
use super::document::UploadDocument;

/// The id of the channel that an upload to none is asked about, after its type.
const SOME: &str = "some";

/// Where an upload belongs.
pub(super) enum Place {
    Channel(ChannelId),
    App,
}

impl Place {
    /// The channel that the path names, where it names one.
    ///
    /// # Errors
    /// When there is no such channel.
    pub(super) fn of(call: &Call) -> Result<Self, StreamError> {
        if !call.path.contains_key("type") {
            return Ok(Self::App);
        }
        let id = channel::id_of(call)?;
        channel::live(call, &id)?;
        Ok(Self::Channel(id))
    }

    /// Refuses whoever may not upload here.
    ///
    /// # Errors
    /// The refusal, as Stream words it.
    pub(super) fn permit_uploading(&self, call: &Call) -> Result<(), StreamError> {
        match self {
            Self::Channel(id) => call.permit("UploadAttachment", Resource::channel(id.as_str())),
            Self::App => {
                let owner = call.caller.user().unwrap_or_default();
                let team = team(call);
                in_some_channel(call, |cid| {
                    call.permit("UploadAttachment", Resource::channel(cid).owned_by(owner).of_team(&team).hypothetical())
                })
            }
        }
    }

    /// Refuses whoever may not delete this upload. It belongs to its uploader.
    ///
    /// # Errors
    /// The refusal, as Stream words it; code 16 where it lies elsewhere.
    pub(super) fn permit_deleting(&self, call: &Call, upload: &UploadDocument) -> Result<(), StreamError> {
        let owner = upload.user.as_deref().unwrap_or_default();
        match (self, &upload.channel) {
            (Self::Channel(id), Some(of)) if of == id.as_str() => {
                call.permit("DeleteAttachment", Resource::within("attachment", &upload.id, of).owned_by(owner))
            }
            (Self::App, None) => in_some_channel(call, |cid| {
                let resource = Resource::within("attachment", &upload.id, cid).owned_by(owner).of_team(&upload.team).hypothetical();
                call.permit("DeleteAttachment", resource)
            }),
            _ => Err(StreamError::not_found(format!("upload '{}' was not made here", upload.name))),
        }
    }

    /// The channel.
    pub(super) fn channel(&self) -> Option<&ChannelId> {
        match self {
            Self::Channel(id) => Some(id),
            Self::App => None,
        }
    }
}

/// The team of a channel that the caller could make.
pub(super) fn team(call: &Call) -> String {
    let teams = call.caller.user().and_then(|id| call.tenant.engine().user(id)).map(|user| user.teams).unwrap_or_default();
    teams.into_iter().next().unwrap_or_default()
}

/// Asks about a channel of each type, until one allows. Where none does, the first refusal counts.
fn in_some_channel(call: &Call, permit: impl Fn(&str) -> Result<(), StreamError>) -> Result<(), StreamError> {
    let mut refusal = None;
    for of in call.tenant.engine().channel_types() {
        match permit(&format!("{}:{SOME}", of.name)) {
            Ok(()) => return Ok(()),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    refusal.map_or_else(|| call.server_only("uploading to an app without channel types"), Err)
}
