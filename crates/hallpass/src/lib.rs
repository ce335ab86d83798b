//! Hallpass decides, for chat: **may this subject perform this action on this resource, and why?**
//!
//! This crate is the engine, to embed in a chat back end. It holds the policy and the facts of an app in memory, answers in well under a
//! microsecond, and explains each answer. It does no I/O, has no clock and starts no threads: time is an argument, and what it knows is
//! what it was told. (To run it as a server, with storage, see `hallpass serve` in the repository.)
//!
//! # Embed it in ten lines
//!
//! ```
//! use hallpass::{App, Change, Channel, Member, Profile, Question, Resource, User};
//!
//! let app = App::new(Profile::stream());
//! app.apply(&[
//!     Change::UserPut(User { id: "ana".into(), ..User::default() }),
//!     Change::ChannelPut(Channel::new("messaging:general".parse()?)),
//!     Change::MemberPut(Member { channel: "messaging:general".parse()?, user: "ana".into(), roles: vec![], invited: false }),
//! ])?;
//! let decision = app.check(&Question::new("ana", "CreateMessage", Resource::channel("messaging:general")));
//! assert!(decision.allowed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How is a decision made?
//!
//! By one rule, for every permission system:
//!
//! > **Standing may refuse. Within a layer, grants add up; across layers, all must allow. No grant, no access.**
//!
//! *Standing* is what stands before all grants: a ban, a frozen channel, slow mode. A *layer* is a set of holders whose grants count
//! together: for Stream a user's role and their role in the channel; for LiveChat the token, its client and the account's role, each a
//! layer of its own. Which layers there are, and which permissions, is data: a [`Profile`] is a checked [`Catalogue`]. Three are built in
//! ([`Profile::stream`], [`Profile::cometchat`], [`Profile::livechat`]); your own is JSON away ([`Profile::from_json`]).
//!
//! Every decision has a [`Reason`] with a stable code, and the [`Revision`] that it was made at.
//!
//! # How do I change what a role may do?
//!
//! All that moves is a [`Change`]: policy (roles, grants, channel types) and facts (users, channels, members) alike. [`App::apply`] takes
//! all of a list or, with an error that names the fault, none.
//!
//! ```
//! # use hallpass::*;
//! # let app = App::new(Profile::stream());
//! # app.apply(&[Change::UserPut(User { id: "ana".into(), ..User::default() }), Change::ChannelPut(Channel::new("messaging:general".parse()?))])?;
//! let ask = || app.check(&Question::new("ana", "ReadChannel", Resource::channel("messaging:general")));
//! assert_eq!(ask().reason, Reason::ConditionFailed); // role 'user' reads the channels that it owns
//!
//! app.apply(&[Change::GrantsPut(RoleGrants {
//!     layer: None,
//!     level: Level::ChannelType("messaging".into()),
//!     role: "user".into(),
//!     grants: vec![Grant::plain("read-channel")],
//! })])?;
//! assert!(ask().allowed);
//!
//! let error = app.apply(&[Change::GrantsPut(RoleGrants {
//!     layer: None,
//!     level: Level::ChannelType("messaging".into()),
//!     role: "user".into(),
//!     grants: vec![Grant::plain("read-chanel")],
//! })]).unwrap_err();
//! assert_eq!(error.to_string(), "grants.user: no such permission 'read-chanel' (did you mean 'read-channel'?)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Why was it refused, and what would allow it?
//!
//! ```
//! # use hallpass::*;
//! # let app = App::new(Profile::stream());
//! # app.apply(&[Change::UserPut(User { id: "ana".into(), ..User::default() }), Change::ChannelPut(Channel::new("messaging:general".parse()?))])?;
//! let explanation = app.explain(&Question::new("ana", "CreateMessage", Resource::channel("messaging:general")));
//! assert_eq!(explanation.decision.reason, Reason::ConditionFailed);
//! let smallest = &explanation.remedies[0];
//! assert_eq!(smallest.text, "grant 'create-message' to role 'user' in channel 'messaging:general'");
//! app.apply(&smallest.changes)?;
//! assert!(app.check(&Question::new("ana", "CreateMessage", Resource::channel("messaging:general"))).allowed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What may a user do in a channel?
//!
//! [`App::capabilities`] answers for all actions at once, for buttons to show and to hide.
//!
//! ```
//! # use hallpass::*;
//! # let app = App::new(Profile::stream());
//! # let general: ChannelId = "messaging:general".parse()?;
//! # app.apply(&[Change::UserPut(User { id: "ana".into(), ..User::default() }), Change::ChannelPut(Channel::new(general.clone())), Change::MemberPut(Member { channel: general, user: "ana".into(), roles: vec![], invited: false })])?;
//! let can = app.capabilities(&Subject::user("ana"), &Resource::channel("messaging:general"), Timestamp(0));
//! assert_eq!(can.extent("CreateMessage"), Extent::Any);
//! assert_eq!(can.extent("UpdateMessage"), Extent::Own); // her own
//! assert_eq!(can.extent("DeleteChannel"), Extent::None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How do I ask faster?
//!
//! Keep handles. Names are looked up once; [`App::ask`] then allocates nothing and takes no lock, however many changes are being made: where one
//! is being stored at that moment, it looks again.
//!
//! ```
//! # use hallpass::*;
//! # let app = App::new(Profile::stream());
//! # app.apply(&[Change::UserPut(User { id: "ana".into(), ..User::default() }), Change::ChannelPut(Channel::new("messaging:general".parse()?))])?;
//! let (Some(ana), Some(read)) = (app.subject("ana"), app.action("ReadChannel")) else { return Ok(()) };
//! let ask = Ask { subject: ana, action: read, channel: app.channel_handle("messaging:general"), owner: Owner::Other, now: Timestamp(0) };
//! assert!(!app.ask(&ask).allowed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What if my back end knows more than the engine was told?
//!
//! Bring facts with the question; they count for it alone: [`Subject::given`], and the fields of [`Resource`].
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
pub use suggest::nearest;
pub use validate::ChangeError;
pub use view::{PermissionView, RoleView};

/// The examples of the repository's front page compile.
#[cfg(doctest)]
#[allow(rustdoc::invalid_codeblock_attributes, reason = "fences of shell commands say by which test they are run")]
#[doc = include_str!("../../../README.md")]
struct Readme;
