//! Who sees which messages of a channel that they may read.

use std::collections::BTreeSet;

use hallpass::{Question, Resource, Subject};

use super::super::call::Call;
use super::super::error::StreamError;
use super::document::{MessageDocument, Sort};
use crate::authorize::authorize;

/// What one caller sees in one channel.
pub(in super::super) struct Sight {
    /// The back end, acting for nobody, sees everything.
    everything: bool,
    viewer: Option<String>,
    /// May see restricted messages that are for others.
    restricted: bool,
}

impl Sight {
    /// What the caller sees, or the user whom the back end acts for.
    pub(in super::super) fn of(call: &Call, cid: &str, acting: Option<&str>) -> Self {
        let everything = call.caller.is_server();
        let restricted = everything || call.may("ReadRestrictedVisibilityMessage", Resource::channel(cid));
        Self { everything, viewer: acting.map(str::to_owned), restricted }
    }

    /// What a user sees, whoever asks: for what is told to them and counted for them.
    pub(in super::super) fn of_user(call: &Call, cid: &str, user: &str) -> Self {
        let question = Question::of(Subject::user(user), "ReadRestrictedVisibilityMessage", Resource::channel(cid)).at(call.now);
        let restricted = authorize(&call.tenant, &question).allowed;
        Self { everything: false, viewer: Some(user.to_owned()), restricted }
    }

    fn is_viewer(&self, user: &str) -> bool {
        self.viewer.as_deref() == Some(user)
    }

    /// Whether the message is shown in lists.
    pub(in super::super) fn shows(&self, message: &MessageDocument) -> bool {
        let is_own = self.is_viewer(&message.user);
        if self.viewer.as_ref().is_some_and(|viewer| message.deleted_for.contains(viewer)) {
            return false;
        }
        if self.everything || is_own {
            return true;
        }
        message.sort != Sort::Ephemeral && !message.shadowed && (self.restricted || !self.is_restricted(message))
    }

    /// Whether the message is for others only.
    fn is_restricted(&self, message: &MessageDocument) -> bool {
        let named: BTreeSet<&str> = message.restricted_to.iter().map(String::as_str).collect();
        !named.is_empty() && !self.viewer.as_deref().is_some_and(|viewer| named.contains(viewer))
    }

    /// Refuses a single message that is not shown.
    ///
    /// # Errors
    /// What is for others only is refused by its permission; the rest is not there.
    pub(in super::super) fn admit(&self, call: &Call, message: &MessageDocument) -> Result<(), StreamError> {
        if self.shows(message) {
            return Ok(());
        }
        if message.sort != Sort::Ephemeral && !message.shadowed && self.is_restricted(message) {
            call.permit("ReadRestrictedVisibilityMessage", Resource::channel(&message.cid))?;
        }
        Err(super::missing(&message.id))
    }
}
