//! The operations that are served: where, for whom, and which actions each asks the engine for.
//!
//! A row is all there is to an operation besides its handler: what is in none of these tables is not served, and a handler that asks for
//! an action which its row does not name fails.

/// A row of a table.
macro_rules! operation {
    ($name:literal, $method:ident $path:literal, $gate:expr, $handler:path) => {
        $crate::faces::cometchat::operation::Operation {
            name: $name,
            method: ::axum::http::Method::$method,
            path: $path,
            gate: $gate,
            run: |call: $crate::faces::cometchat::call::Call| -> $crate::faces::cometchat::operation::Running { Box::pin($handler(call)) },
        }
    };
}

mod chat;
mod management;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::{MethodFilter, on};

use super::PREFIXES;
use super::operation::Operation;
use crate::service::Service;

/// All operations.
fn operations() -> impl Iterator<Item = &'static Operation> {
    management::OPERATIONS.iter().chain(chat::OPERATIONS)
}

/// The routes, under every prefix.
pub(super) fn router() -> Router<Service> {
    let mut router = Router::new();
    for operation in operations() {
        for prefix in PREFIXES {
            let serve = move |State(service): State<Service>, request: Request| operation.serve(service, request);
            let Ok(method) = MethodFilter::try_from(operation.method.clone()) else { continue };
            router = router.route(&format!("{prefix}{}", operation.path), on(method, serve));
        }
    }
    router
}

#[cfg(test)]
mod tests {
    use hallpass::Profile;

    use super::*;

    #[test]
    fn every_action_that_is_asked_for_is_in_the_catalogue() {
        let profile = Profile::cometchat();
        for operation in operations() {
            for action in operation.gate.actions() {
                assert!(profile.catalogue().actions.iter().any(|spec| spec.name == *action), "{}: {action}", operation.name);
            }
        }
    }
}
