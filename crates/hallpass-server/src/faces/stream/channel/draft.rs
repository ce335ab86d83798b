//! A channel about to be written.

use hallpass::{Change, Channel, ChannelId};
use hallpass_store::{DocumentWrite, kind};

use super::super::call::Call;
use super::super::documents::{self, ChannelDocument};
use super::super::error::StreamError;

/// A channel as it is to be, and as it was.
pub(super) struct Draft {
    before: Option<Channel>,
    /// Facts.
    pub(super) fact: Channel,
    /// What is shown besides.
    pub(super) document: ChannelDocument,
}

impl Draft {
    /// Starts a new channel.
    pub(super) fn new(call: &Call, id: ChannelId) -> Self {
        let document = ChannelDocument { created_at: call.now, ..ChannelDocument::default() };
        Self { before: None, fact: Channel::new(id), document }
    }

    /// Starts from what there is.
    pub(super) async fn open(call: &Call, fact: Channel) -> Result<Self, StreamError> {
        let document = document_of(call, &fact.id).await?;
        Ok(Self { before: Some(fact.clone()), fact, document })
    }

    /// The channel as it was; a new one was nothing special.
    pub(super) fn before(&self) -> Channel {
        self.before.clone().unwrap_or_else(|| Channel { owner: self.fact.owner.clone(), ..Channel::new(self.fact.id.clone()) })
    }

    /// What to write. The fact is left out where it stays as it is.
    pub(super) fn write(mut self, call: &Call) -> Result<(Option<Change>, DocumentWrite), StreamError> {
        self.document.updated_at = call.now;
        let document = documents::put(kind::CHANNEL, self.fact.id.as_str(), &self.document)?;
        let change = (self.before.as_ref() != Some(&self.fact)).then_some(Change::ChannelPut(self.fact));
        Ok((change, document))
    }
}

/// What is noted about a channel.
pub(super) async fn document_of(call: &Call, id: &ChannelId) -> Result<ChannelDocument, StreamError> {
    Ok(documents::channel(&call.tenant, id).await?.unwrap_or_else(|| unwritten(call)))
}

/// What is noted about a channel that came in bulk: it is as old as the app.
pub(super) fn unwritten(call: &Call) -> ChannelDocument {
    let made = documents::unknown_time(&call.tenant);
    ChannelDocument { created_at: made, updated_at: made, ..ChannelDocument::default() }
}
