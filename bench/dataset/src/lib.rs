//! The world and the questions of the benchmarks, the rule written down plainly, and how an engine is measured.
//!
//! Everything is drawn from SplitMix64 with fixed seeds, so each run, and each engine, sees the same. No engine's figure counts before
//! its decisions were compared with [`Question::allowed`].

mod machine;
mod measure;
mod objects;
mod question;
mod random;
mod role;
mod world;

pub use machine::{cpu_time, resident_bytes};
pub use measure::{Engine, HOT, Loaded, Pass, SPREAD, Verified, serve};
pub use objects::objects;
pub use question::{Question, questions};
pub use random::SplitMix64;
pub use role::{ACTIONS, Kind, Permissions, TEAM_ACTIONS, USER_ROLE_MIX, action_name, permission_id};
pub use world::{Channel, Overrides, Shape, User, World, channel_name, team_name, user_name};
