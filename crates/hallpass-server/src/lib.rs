//! Hallpass over HTTP: the faces, the apps behind them, and the command line.
#![forbid(unsafe_code)]

pub mod administration;
mod auth_key;
pub mod authorize;
pub mod bearer;
pub mod body;
pub mod clock;
pub mod credentials;
pub mod edit;
pub mod faces;
mod fields;
pub mod first_run;
pub mod front;
pub mod json;
pub mod key;
mod leftover;
pub mod limits;
pub mod listen;
pub mod listening;
pub mod lock;
pub mod log;
pub mod metrics;
pub mod oauth;
pub mod openapi;
mod patience;
mod permission_key;
pub mod question_form;
mod question_schema;
pub mod record;
pub mod router;
mod scan;
mod seed;
pub mod service;
pub mod tenant;
mod unread;
mod untaken;

pub use authorize::{authorize, authorize_all};
pub use clock::Clock;
pub use edit::{CommitError, Edit, EditError};
pub use front::Front;
pub use lock::Footprint;
pub use router::front;
pub use service::{Service, ServiceOptions, StartError};
pub use tenant::Tenant;
