//! What a channel's settings say about its messages: those of its type, and its own over them.

use hallpass::Channel;
use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::documents;
use super::super::error::{Code, StreamError};

/// Longest text where nothing was set; Stream's default.
const TEXT_CHARS: u64 = 5000;
/// The command that is on where nothing was set.
const GIPHY: &str = "giphy";

/// The settings of a channel.
pub(super) struct Settings {
    values: Map<String, Value>,
}

impl Settings {
    /// Those of this channel.
    pub(super) async fn of(call: &Call, channel: &Channel) -> Result<Self, StreamError> {
        let of_type = documents::channel_type(&call.tenant, channel.id.channel_type()).await?;
        let mut values = of_type.map(|document| document.config).unwrap_or_default();
        values.extend(documents::channel(&call.tenant, &channel.id).await?.map(|document| document.overrides).unwrap_or_default());
        Ok(Self { values })
    }

    /// Refuses a text that is too long.
    ///
    /// # Errors
    /// Code 20.
    pub(super) fn good_text(&self, text: &str) -> Result<(), StreamError> {
        let most = self.values.get("max_message_length").and_then(Value::as_u64).unwrap_or(TEXT_CHARS);
        let chars = text.chars().count();
        if u64::try_from(chars).is_ok_and(|chars| chars <= most) {
            return Ok(());
        }
        Err(StreamError::new(Code::TextTooLong, format!("message text is too long: {chars} characters, at most {most}")))
    }

    /// Whether the command of this name may be used.
    pub(super) fn has_command(&self, name: &str) -> bool {
        match self.values.get("commands") {
            Some(Value::Array(names)) => names.iter().any(|known| known.as_str() == Some(name)),
            _ => name == GIPHY,
        }
    }

    /// Whether system messages leave the time of the last message as it is.
    pub(super) fn skips_system_messages(&self) -> bool {
        self.values.get("skip_last_msg_update_for_system_msgs").and_then(Value::as_bool).unwrap_or(false)
    }
}

/// Refuses what needs a feature that the channel has switched off and that stands behind no action of the catalogue.
///
/// # Errors
/// Code 19.
pub(in super::super) fn feature(call: &Call, channel: &Channel, feature: &str) -> Result<(), StreamError> {
    let of_type = call.tenant.engine().channel_type(channel.id.channel_type());
    let off_in_type = of_type.is_some_and(|of_type| of_type.features_off.contains(feature));
    let is_on = !channel.features_off.contains(feature) && (channel.features_on.contains(feature) || !off_in_type);
    if is_on || call.caller.is_server() {
        return Ok(());
    }
    Err(StreamError::new(Code::FeatureOff, format!("{feature} is switched off for this channel")).with("reason", "feature_off"))
}
