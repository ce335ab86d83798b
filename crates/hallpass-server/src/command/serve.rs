//! `hallpass serve`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use hallpass_server::log::{self, LogFormat};
use hallpass_server::{Clock, Service, ServiceOptions, credentials, first_run, front, limits, listen, listening};
use hallpass_store::{SqliteStore, Store};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;

#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:4700", env = "HALLPASS_LISTEN")]
    listen: SocketAddr,
    /// The data directory; made where missing
    #[arg(long, default_value = "./hallpass-data", env = "HALLPASS_DATA")]
    data: PathBuf,
    /// Certificate chain (PEM), to serve HTTPS
    #[arg(long, requires = "tls_key", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, requires = "tls_cert", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Serve plain HTTP on an address other than loopback: behind a proxy that does TLS
    #[arg(long)]
    insecure_plain_http: bool,
    /// What clients put before the paths; goes into the AuthZEN metadata [default: the address that it listens on]
    #[arg(long, value_name = "URL", env = "HALLPASS_PUBLIC_URL")]
    public_url: Option<String>,
    /// Let webhooks of LiveChat apps call addresses on loopback and in private networks
    #[arg(long, env = "HALLPASS_WEBHOOKS_TO_PRIVATE")]
    webhooks_to_private: bool,
    /// Longest silence of a caller, in calls that take as long as they take: a body that brings nothing, an answer that is not read
    #[arg(long, value_name = "SECONDS", default_value_t = limits::IDLE_TIME.as_secs(), value_parser = clap::value_parser!(u64).range(1..=86_400), env = "HALLPASS_IDLE_TIMEOUT")]
    idle_timeout: u64,
    /// How log lines look
    #[arg(long, value_enum, default_value = "text")]
    log: LogFormat,
    /// Make a new root key before serving, and write it to DATA/credentials.json
    #[arg(long)]
    new_root_key: bool,
}

impl Serve {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        log::start(self.log);
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(listen::tls(certificate, key)?),
            _ => None,
        };
        if tls.is_none() && !self.listen.ip().is_loopback() && !self.insecure_plain_http {
            bail!(
                "{} is reachable from other machines, and keys would travel in plain text; give --tls-cert and --tls-key, \
                 or --insecure-plain-http where a proxy in front does TLS",
                self.listen
            );
        }
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.serve(tls))?;
        Ok(ExitCode::SUCCESS)
    }

    async fn serve(&self, tls: Option<TlsAcceptor>) -> anyhow::Result<()> {
        // Opened first: it is what keeps a second process out of the directory.
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open_ahead(&self.data)?);
        listening::forget(&self.data);
        let clock = Clock::system();
        let credentials = self.data.join(credentials::FILE_NAME);
        let is_first = first_run::prepare(&*store, &credentials, clock.now())?;
        if self.new_root_key && !is_first {
            first_run::replace_root_key(&*store, &credentials, clock.now())?;
            tracing::info!(path = %credentials.display(), "new root key");
        }

        let listener = TcpListener::bind(self.listen).await.with_context(|| format!("cannot listen on {}", self.listen))?;
        let address = listener.local_addr()?;
        let url = format!("{}://{address}", if tls.is_some() { "https" } else { "http" });
        let public_url = self.public_url.as_deref().unwrap_or(&url).trim_end_matches('/').to_owned();
        let service = Service::start(ServiceOptions {
            store,
            clock,
            public_url: public_url.clone(),
            credentials: Some(credentials.clone()),
            idle: Duration::from_secs(self.idle_timeout),
        })?;

        if self.webhooks_to_private {
            service.allow_webhooks_to_private();
        }
        if self.public_url.is_none() && address.ip().is_unspecified() {
            tracing::warn!(public_url, "clients cannot reach this URL, and the AuthZEN metadata names it; set --public-url");
        }
        tracing::info!(url, apps = service.tenants().len(), "listening");
        announce(&url, &credentials, is_first, tls.is_some());
        // Before anybody learns that it listens: whoever stops it the moment after must find it prepared.
        let signalled = signalled();
        listening::write(&self.data, &url)?;
        let stop = {
            let service = service.clone();
            async move {
                signalled.await;
                tracing::info!("stopping: no new requests, those in flight are finished");
                service.stop();
            }
        };
        listen::serve(listener, tls, front(service.clone()), stop).await?;
        if tokio::time::timeout(limits::GOODBYE_TIME, service.left()).await.is_err() {
            tracing::warn!("some WebSockets and event streams did not end in time");
        }
        if tokio::time::timeout(limits::FLUSH_TIME + limits::GOODBYE_TIME, service.close()).await.is_err() {
            tracing::warn!("some requests did not let go of the data in time; what was answered is on the disk");
        }
        listening::forget(&self.data);
        tracing::info!("stopped");
        Ok(())
    }
}

/// Listens for SIGTERM and SIGINT from now on; what it gives waits for one of them.
fn signalled() -> impl Future<Output = ()> {
    let wait = |kind| {
        let signals = signal(kind);
        async move {
            match signals {
                Ok(mut signals) => _ = signals.recv().await,
                // Without a handler the signal does what it does by default, which is to end the process.
                Err(_) => std::future::pending().await,
            }
        }
    };
    let (terminate, interrupt) = (wait(SignalKind::terminate()), wait(SignalKind::interrupt()));
    async move {
        tokio::select! {
            () = terminate => {}
            () = interrupt => {}
        }
    }
}

/// Says on standard output what is there and how to try it. No secret is shown: the `curl` reads its key from the file.
fn announce(url: &str, credentials: &Path, is_first: bool, tls: bool) {
    let file = credentials.display();
    let insecure = if tls { " --cacert YOUR-CA.pem" } else { "" };
    println!("hallpass listens on {url}");
    println!("  AuthZEN    {url}/access/v1/evaluation");
    println!("  native     {url}/v1             (OpenAPI: {url}/openapi.json)");
    println!("  Stream     {url}                (old SDKs) and {url}/api/v2 (new SDKs)");
    println!("  CometChat  {url}/v3             (REST) and {url}/v3.0 (SDKs)");
    println!("  LiveChat   {url}                (methods, v0.6 and v3.4 to v3.7) and {url}/v2 (tokens, OAuth)");
    println!("  operators  {url}/healthz, /readyz, /metrics");
    if is_first {
        println!("This is the first run: the keys of three demo apps and the root key are in {file}.");
    }
    println!();
    println!("May Ben, a member, post in the demo channel?");
    println!();
    println!("  curl -s{insecure} {url}/access/v1/evaluation \\");
    println!("    -H \"Authorization: Bearer $(grep -o 'hps_[a-z0-9]*' {file} | head -n 1)\" \\");
    println!("    -H 'Content-Type: application/json' \\");
    println!(
        "    -d '{{\"subject\":{{\"type\":\"user\",\"id\":\"ben\"}},\"action\":{{\"name\":\"CreateMessage\"}},\
         \"resource\":{{\"type\":\"channel\",\"id\":\"messaging:general\"}}}}'"
    );
    println!();
}
