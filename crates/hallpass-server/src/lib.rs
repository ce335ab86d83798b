//! Hallpass over HTTP: the faces, the apps behind them, and the command line.
#![forbid(unsafe_code)]

pub mod authorize;
pub mod clock;
pub mod edit;
pub mod faces;
pub mod key;
pub mod limits;
pub mod lock;
pub mod metrics;
pub mod record;
pub mod service;
pub mod tenant;

pub use authorize::{authorize, authorize_all};
pub use clock::Clock;
pub use edit::{CommitError, Edit, EditError};
pub use lock::Footprint;
pub use service::{Service, ServiceOptions, StartError};
pub use tenant::Tenant;
