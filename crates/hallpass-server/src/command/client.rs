//! Talking to a running server: where it is, which key opens it, what its errors say.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use hallpass_server::credentials::{self, Credentials};
use hallpass_server::listening;
use serde_json::Value;
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

/// Where a server listens unless told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:4700";
/// How long a connection may take to come about.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// Which server, and with which key. The key is never an argument: arguments are seen by everybody on the machine.
#[derive(Args, Clone)]
pub(crate) struct Server {
    /// The server [default: DATA/listening.json, else http://127.0.0.1:4700]
    #[arg(long, env = "HALLPASS_URL", value_name = "URL")]
    url: Option<String>,
    /// The data directory that credentials.json is read from, where HALLPASS_KEY is not set
    #[arg(long, default_value = "./hallpass-data", env = "HALLPASS_DATA")]
    data: PathBuf,
    /// Certificate (PEM) of the authority that signed the server's, where it is not one of the public ones
    #[arg(long, value_name = "FILE", env = "HALLPASS_CA_CERT")]
    ca_cert: Option<PathBuf>,
}

/// Which app.
#[derive(Args, Clone)]
pub(crate) struct AppChoice {
    /// The app
    #[arg(long, default_value = "demo-stream", env = "HALLPASS_APP", value_name = "ID")]
    pub(crate) app: String,
}

/// A server, and the key to it.
pub(crate) struct Client {
    agent: Agent,
    url: String,
    key: String,
}

impl Server {
    /// With the key of an app, or else the root key.
    pub(crate) fn for_app(&self, app: &str) -> anyhow::Result<Client> {
        self.connect(|file| match file.apps.iter().find(|entry| entry.id == app) {
            Some(entry) => entry.server_key.expose().to_owned(),
            None => file.root_key.expose().to_owned(),
        })
    }

    /// With the root key.
    pub(crate) fn for_root(&self) -> anyhow::Result<Client> {
        self.connect(|file| file.root_key.expose().to_owned())
    }

    /// What `credentials.json` says.
    pub(crate) fn credentials(&self) -> anyhow::Result<Option<Credentials>> {
        Ok(Credentials::read(&self.data.join(credentials::FILE_NAME))?)
    }

    fn connect(&self, choose: impl FnOnce(Credentials) -> String) -> anyhow::Result<Client> {
        let key = match std::env::var("HALLPASS_KEY") {
            Ok(key) if !key.is_empty() => key,
            _ => self.credentials()?.map(choose).ok_or_else(|| {
                anyhow!(
                    "no key: set HALLPASS_KEY, or name the server's data directory with --data (looked for {}/credentials.json)",
                    self.data.display()
                )
            })?,
        };
        let url = match &self.url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => listening::read(&self.data).map_or_else(|| DEFAULT_URL.to_owned(), |listening| listening.url),
        };
        let mut config = Agent::config_builder().http_status_as_error(false).timeout_connect(Some(CONNECT_TIME)).max_redirects(0);
        if let Some(path) = &self.ca_cert {
            let pem = std::fs::read(path).with_context(|| format!("--ca-cert {}", path.display()))?;
            let certificate = Certificate::from_pem(&pem).with_context(|| format!("--ca-cert {}", path.display()))?;
            config = config.tls_config(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[certificate])).build());
        }
        Ok(Client { agent: config.build().new_agent(), url, key })
    }
}

impl Client {
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = self.agent.get(format!("{}{path}", self.url)).header("Authorization", format!("Bearer {}", self.key));
        answer(self.reached(request.call())?)
    }

    pub(crate) fn delete(&self, path: &str) -> anyhow::Result<Value> {
        let request = self.agent.delete(format!("{}{path}", self.url)).header("Authorization", format!("Bearer {}", self.key));
        answer(self.reached(request.call())?)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("Authorization", format!("Bearer {}", self.key))
            .header("Content-Type", "application/json");
        answer(self.reached(request.send(&serde_json::to_vec(body)?))?)
    }

    /// Posts a body of any kind, and gives the answer as it is.
    pub(crate) fn send(&self, path: &str, content_type: &str, body: ureq::SendBody<'_>) -> anyhow::Result<Response<Body>> {
        let request = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("Authorization", format!("Bearer {}", self.key))
            .header("Content-Type", content_type);
        self.reached(request.send(body))
    }

    fn reached(&self, answer: Result<Response<Body>, ureq::Error>) -> anyhow::Result<Response<Body>> {
        answer.with_context(|| format!("no answer from {}", self.url))
    }
}

/// The answer as JSON, or what the server says is wrong.
fn answer(mut response: Response<Body>) -> anyhow::Result<Value> {
    let text = response.body_mut().with_config().limit(MOST_ANSWER_BYTES).read_to_string()?;
    let value = serde_json::from_str::<Value>(&text);
    if response.status().is_success() {
        return value.context("the answer is not JSON; is this a hallpass server?");
    }
    match value {
        Ok(value) => bail!("{}", problem(&value).unwrap_or_else(|| format!("status {}", response.status()))),
        Err(_) => bail!("status {}; is this a hallpass server?", response.status()),
    }
}

/// What an error of the native face says.
pub(crate) fn problem(value: &Value) -> Option<String> {
    let error = value.get("error")?;
    let message = error.get("message")?.as_str()?;
    Some(match error.get("nearest").and_then(Value::as_str) {
        Some(nearest) if !message.contains(nearest) => format!("{message} (did you mean '{nearest}'?)"),
        _ => message.to_owned(),
    })
}

/// Largest answer that is read; an explanation is some kilobytes.
const MOST_ANSWER_BYTES: u64 = 64 << 20;
