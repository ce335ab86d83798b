//! front page
#![forbid(unsafe_code)]

mod app;
mod bits;
mod catalogue;
mod change;
mod check;
mod decision;
mod demand;
mod id;
mod policy;
mod profile;
mod question;
mod suggest;
mod validate;
mod view;
mod world;

pub use app::App;
pub use catalogue::*;
pub use change::*;
pub use check::capabilities::{Capabilities, Extent};
pub use check::explain::{AlternativeOutcome, AlternativeView, DecisionView, Explanation, LayerView, QuestionView, StandingView};
pub use check::remedy::Remedy;
pub use decision::{Decision, Reason};
pub use id::{ChannelId, ChannelIdError, Revision, Timestamp};
pub use profile::{CUSTOM_PERMISSIONS, CatalogueError, Profile};
pub use question::*;
pub use validate::ChangeError;
pub use view::{PermissionView, RoleView};
