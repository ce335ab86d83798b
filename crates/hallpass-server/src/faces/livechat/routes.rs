//! Where methods are served: one route for each version and API, under which the table of methods decides.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::routing::post;

use super::method::{Api, serve};
use super::upload;
use super::version::Version;
use crate::service::Service;

/// The routes of methods.
pub(super) fn router() -> Router<Service> {
    let mut router = Router::new();
    for version in Version::ALL {
        for api in [Api::Agent, Api::Configuration] {
            let mut paths = vec![format!("/{version}/{}/action/{{method}}", api.name())];
            if version == Version::V0_6 {
                // As the generation of 2018 had them.
                paths.push(format!("/{}/{version}/action/{{method}}", api.name()));
                if api == Api::Configuration {
                    paths.extend(["agents", "webhooks", "properties"].map(|part| format!("/configuration/{version}/{part}/{{method}}")));
                }
            }
            for path in paths {
                let handler = move |State(service): State<Service>, Path(name): Path<String>, request: Request| {
                    serve(service, version, api, name, request)
                };
                router = router.route(&path, post(handler).get(handler));
            }
        }
    }
    // For forms; JSON has a smaller limit of its own.
    router.layer(DefaultBodyLimit::max(upload::FORM_BYTES))
}
