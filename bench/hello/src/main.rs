//! The least an HTTP server can do on the same stack: what Hallpass over HTTP is compared with.
//!
//! `GET /` answers a constant; `POST /` parses a JSON body first. Prints its address once it listens.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use axum::Json;
use axum::routing::get;
use serde_json::{Value, json};

async fn hello() -> Json<Value> {
    Json(json!({"decision": true}))
}

async fn parse(Json(body): Json<Value>) -> Json<Value> {
    Json(json!({"decision": body.is_object()}))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, axum::Router::new().route("/", get(hello).post(parse))).await
}
