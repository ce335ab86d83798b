//! Hallpass over HTTP: the faces, the apps behind them, and the command line.
#![forbid(unsafe_code)]

pub mod administration;
pub mod authorize;
pub mod bearer;
pub mod body;
pub mod clock;
pub mod credentials;
pub mod edit;
pub mod faces;
pub mod first_run;
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
pub mod question_form;
mod question_schema;
pub mod record;
pub mod router;
mod seed;
pub mod service;
pub mod tenant;

pub use authorize::{authorize, authorize_all};
pub use clock::Clock;
pub use edit::{CommitError, Edit, EditError};
pub use lock::Footprint;
pub use router::router;
pub use service::{Service, ServiceOptions, StartError};
pub use tenant::Tenant;
