//! CometChat's permission keys: what they are, which values they take, and which grants they become.
//!
//! Ana sets `sendMessage.allowedMessageTypes: ["text"]` for the participants of one group. The engine knows no such key: it knows the
//! permission `sendMessage`, and grants of it that demand something. So the values that were set are kept as a document, and the grant of
//! the gate (`sendMessage`) is written anew from all values of its keys whenever one of them changes.
//!
//! A scope has values at three levels: those of the group, else those of the app (an extension of ours), else the vendor's defaults. A
//! role has two. What is set for the app becomes grants of the channel type `group`; what is set for one group becomes modifiers of it.
//!
//! Both the CometChat face and the native one set values, so this stands beside the faces.

mod catalogue;
mod effect;
mod grants;
mod setting;
mod stored;

pub(crate) use catalogue::{InLayer, Layer, Spec, catalogue, feature_path, features, spec};
pub(crate) use effect::{Effect, SCOPES, forget_group, forget_role, set_of_group, set_of_role, set_of_scope};
pub(crate) use setting::{KeyFault, Setting, Settings, read_value};
pub(crate) use stored::{Stored, of_group, of_role, of_scope};
