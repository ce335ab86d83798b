//! The operations that are served: where, for whom, and which actions each asks the engine for.
//!
//! A row is all there is to an operation besides its handler: what is not in this table is not served, and a handler that asks for an
//! action which its row does not name fails.

use std::collections::BTreeMap;

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

/// What parts of a row's path are, where its request came to the path of another row.
pub(super) type Named = Vec<(String, String)>;

/// The routes, in both dialects.
pub(super) fn router() -> Router<Face> {
    let mut router = Router::new().route("/uploads/{app}/{id}/{name}", get(upload::serve::serve));
    for operation in operations() {
        for dialect in [Dialect::Flat, Dialect::Prefixed] {
            let Ok(method) = MethodFilter::try_from(operation.method.clone()) else { continue };
            let own = (operation.path_in(dialect), Named::new());
            for (path, named) in std::iter::once(own).chain(paths_of_others(operation, dialect)) {
                let serve = move |State(face): State<Face>, request: Request| async move {
                    // The one operation that is a conversation.
                    if operation.path == connect::PATH {
                        connect::serve(operation, dialect, face, request).await
                    } else {
                        operation.serve(dialect, face, request, named).await
                    }
                };
                router = router.route(&path, on(method, serve));
            }
        }
    }
    router
}

/// Paths of other rows that this row's path matches, too. The router gives a request there to those rows, though none of them may have the
/// method: `GET /roles/search` is a row, and `DELETE /roles/search` is about a role of that name.
fn paths_of_others(operation: &Operation, dialect: Dialect) -> BTreeMap<String, Named> {
    let own = operation.path_in(dialect);
    let mut found: BTreeMap<String, Named> = operations()
        .filter_map(|other| {
            let path = other.path_in(dialect);
            named_in(&own, &path).map(|named| (path, named))
        })
        .collect();
    found.retain(|path, _| !operations().any(|other| other.method == operation.method && other.path_in(dialect) == *path));
    found
}

/// What the parts of a path are in one that has names where this one has parts: in `/roles/search`, the `{name}` is `search`.
fn named_in(own: &str, other: &str) -> Option<Named> {
    let (segments, others): (Vec<&str>, Vec<&str>) = (own.split('/').collect(), other.split('/').collect());
    if own == other || segments.len() != others.len() {
        return None;
    }
    let mut named = Named::new();
    for (segment, name) in segments.into_iter().zip(others).filter(|(segment, name)| segment != name) {
        let part = segment.strip_prefix('{')?.strip_suffix('}')?;
        if name.starts_with('{') {
            return None;
        }
        named.push((part.to_owned(), name.to_owned()));
    }
    Some(named)
}

#[cfg(test)]
mod tests {
    use hallpass::Profile;

    use super::*;

    #[test]
    fn a_name_that_is_a_word_of_another_path_is_still_a_name() {
        let row = |name: &str| operations().find(|operation| operation.name == name).unwrap();
        let named = |part: &str, name: &str| vec![(part.to_owned(), name.to_owned())];
        let found = paths_of_others(row("DeleteRole"), Dialect::Prefixed);
        assert_eq!(found, BTreeMap::from([("/api/v2/roles/search".to_owned(), named("name", "search"))]));
        let found = paths_of_others(row("DeleteChannel"), Dialect::Flat);
        assert_eq!(found, BTreeMap::from([("/channels/{type}/query".to_owned(), named("id", "query"))]));
        assert_eq!(paths_of_others(row("SearchRoles"), Dialect::Flat), BTreeMap::new());
    }

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
