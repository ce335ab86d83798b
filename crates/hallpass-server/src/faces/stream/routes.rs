//! The operations that are served: where, for whom, and which actions each asks the engine for.
//!
//! A row is all there is to an operation besides its handler: what is not in this table is not served, and a handler that asks for an
//! action which its row does not name fails.

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::{MethodFilter, get, on};

use super::connect;
use super::dialect::Dialect;
use super::live::Face;
use super::operation::{Gate, Operation};
use super::upload;

/// Asks for nothing: what is answered is everybody's to know.
const KNOWN: Gate = Gate::Asks(&[]);

/// A row of the table.
macro_rules! operation {
    ($name:literal, $method:ident, $product:ident $path:literal, $gate:expr, $success:ident, $handler:path) => {
        Operation {
            name: $name,
            method: axum::http::Method::$method,
            product: crate::faces::stream::operation::Product::$product,
            path: $path,
            gate: $gate,
            success: axum::http::StatusCode::$success,
            run: |call: crate::faces::stream::call::Call| -> crate::faces::stream::operation::Running { Box::pin($handler(call)) },
        }
    };
}

mod connection;
mod file;
mod management;
mod message;
mod moderation;
#[cfg(test)]
mod page;
mod poll;

/// All operations, by family.
const FAMILIES: &[&[Operation]] =
    &[management::OPERATIONS, message::OPERATIONS, poll::OPERATIONS, file::OPERATIONS, moderation::OPERATIONS, connection::OPERATIONS];

/// All operations.
pub(super) fn operations() -> impl Iterator<Item = &'static Operation> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The routes, in both dialects.
pub(super) fn router() -> Router<Face> {
    let mut router = Router::new().route("/uploads/{app}/{id}/{name}", get(upload::serve::serve));
    for operation in operations() {
        for dialect in [Dialect::Flat, Dialect::Prefixed] {
            let Ok(method) = MethodFilter::try_from(operation.method.clone()) else { continue };
            let serve = move |State(face): State<Face>, request: Request| async move {
                // The one operation that is a conversation.
                if operation.path == connect::PATH {
                    connect::serve(operation, dialect, face, request).await
                } else {
                    operation.serve(dialect, face, request).await
                }
            };
            router = router.route(&operation.path_in(dialect), on(method, serve));
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
        let profile = Profile::stream();
        for operation in operations() {
            if let Gate::Asks(actions) = operation.gate {
                for action in actions {
                    assert!(profile.catalogue().actions.iter().any(|spec| spec.name == *action), "{}: {action}", operation.name);
                }
            }
        }
    }
}
