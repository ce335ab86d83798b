//! placeholder front page
#![forbid(unsafe_code)]
mod catalogue;
mod change;
mod decision;
mod id;
mod question;

pub use catalogue::*;
pub use change::*;
pub use decision::{Decision, Reason};
pub use id::{ChannelId, ChannelIdError, Revision, Timestamp};
pub use question::*;
