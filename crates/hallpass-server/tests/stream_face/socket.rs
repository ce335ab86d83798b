//! A client with a WebSocket, on a server that listens on loopback.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use hallpass_server::listen;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::client::{Dialect, Stream};

/// Longer than anything here takes on a busy machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that listens, and stops when dropped.
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    pub(crate) served: tokio::task::JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.served.abort();
    }
}

impl Stream {
    /// Opens a port for the same server that `call` calls in process.
    pub(crate) async fn listen(&self) -> Listening {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = self.server.service.clone();
        let serving = listen::serve(listener, None, self.server.front.clone(), async move { service.stopping().await });
        let served = tokio::spawn(async move { serving.await.unwrap() });
        Listening { address, served }
    }

    /// The address that the old SDKs connect to.
    pub(crate) fn connect_url(&self, at: &Listening, token: &str, details: &Value) -> String {
        let said = json!({"user_id": details["id"], "user_details": details, "client_request_id": "r-1"});
        let parameters = serde_urlencoded::to_string([
            ("json", said.to_string().as_str()),
            ("api_key", &self.api_key),
            ("authorization", token),
            ("stream-auth-type", if token == "undefined" { "anonymous" } else { "jwt" }),
            ("X-Stream-Client", "stream-chat-js"),
        ]);
        format!("ws://{}/connect?{}", at.address, parameters.unwrap())
    }

    /// Connects as a user, in this client's dialect.
    pub(crate) async fn connect(&self, at: &Listening, user: &str) -> Client {
        let token = self.sign(&json!({ "user_id": user }));
        let details = json!({ "id": user });
        let mut client = match self.dialect {
            Dialect::Flat => Client::open(&self.connect_url(at, &token, &details)).await,
            Dialect::Prefixed => {
                let url = format!("ws://{}/api/v2/connect?api_key={}&stream-auth-type=jwt", at.address, self.api_key);
                let mut client = Client::open(&url).await;
                client.say(&json!({"token": token, "user_details": details})).await;
                client
            }
        };
        client.greet().await;
        client
    }
}

/// One end of a WebSocket.
pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The first message.
    pub(crate) hello: Value,
    pub(crate) connection_id: String,
}

impl Client {
    pub(crate) async fn open(url: &str) -> Self {
        let (socket, response) = connect_async(url).await.unwrap();
        assert_eq!(response.status(), 101);
        Self { socket, hello: Value::Null, connection_id: String::new() }
    }

    async fn greet(&mut self) {
        self.hello = self.next().await;
        self.connection_id = self.hello["connection_id"].as_str().unwrap_or_else(|| panic!("no hello: {}", self.hello)).to_owned();
    }

    pub(crate) async fn say(&mut self, words: &Value) {
        self.socket.send(Message::text(words.to_string())).await.unwrap();
    }

    async fn receive(&mut self) -> Message {
        let received = tokio::time::timeout(PATIENCE, self.socket.next()).await.unwrap_or_else(|_| panic!("nothing came"));
        received.unwrap_or_else(|| panic!("the connection ended")).unwrap()
    }

    /// The next event, whatever it is.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match self.receive().await {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("an event was expected, not {other:?}"),
            }
        }
    }

    /// The next event of a type; those before it are passed over.
    pub(crate) async fn until(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next().await;
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// Waits until one event of each type has come, in whatever order.
    pub(crate) async fn until_all(&mut self, kinds: &[&str]) -> Vec<Value> {
        let mut seen: Vec<Value> = Vec::new();
        while !kinds.iter().all(|kind| seen.iter().any(|event| event["type"] == *kind)) {
            seen.push(self.next().await);
        }
        seen
    }

    /// What came before the answer to a sign of life: everything that was sent before this was called.
    pub(crate) async fn so_far(&mut self) -> Vec<Value> {
        self.say(&json!([{"type": "health.check", "client_id": "c-1"}])).await;
        let mut events = Vec::new();
        loop {
            let event = self.next().await;
            if event["type"] == "health.check" {
                return events;
            }
            events.push(event);
        }
    }

    /// The types of what came so far, without those that come when they come.
    pub(crate) async fn types_so_far(&mut self) -> Vec<String> {
        let events = self.so_far().await;
        let types = events.iter().map(|event| event["type"].as_str().unwrap().to_owned());
        types.filter(|kind| kind != "capabilities.changed").collect()
    }

    /// How the server ended the connection; what came before is passed over.
    pub(crate) async fn end(&mut self) -> Option<CloseFrame> {
        loop {
            if let Message::Close(frame) = self.receive().await {
                return frame;
            }
        }
    }

    /// Reads until nothing more comes, however the connection ends; answers how many events came.
    pub(crate) async fn drain(&mut self) -> usize {
        let mut count = 0;
        loop {
            match tokio::time::timeout(PATIENCE, self.socket.next()).await.unwrap_or_else(|_| panic!("it does not end")) {
                Some(Ok(Message::Text(_))) => count += 1,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return count,
            }
        }
    }

    /// Hangs up, and waits until the other side has taken note.
    pub(crate) async fn close(mut self) {
        self.socket.close(None).await.unwrap();
        self.drain().await;
    }
}
