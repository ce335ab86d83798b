//! The OpenAPI document, as a snapshot: a change of the interface shows in the diff.

#[test]
fn the_document_is_what_was_agreed() {
    let document: serde_json::Value = serde_json::from_str(hallpass_server::openapi::json()).unwrap();
    insta::assert_json_snapshot!("openapi", document);
}
