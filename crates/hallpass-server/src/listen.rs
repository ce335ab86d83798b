//! Sockets: plain or TLS, with time limits, drained at the end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::Version;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::front::Front;
use crate::limits::{DRAIN_TIME, HEADER_TIME, STREAMS_AT_ONCE};
use crate::patience::Patience;
use crate::unread::Unread;
use crate::untaken::{self, Streams};

/// How long to wait when the system has no socket left to give, before trying again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The certificate or its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("{option} {path}: {source}")]
    Pem {
        /// Which option named it.
        option: &'static str,
        /// The file.
        path: String,
        /// Why not.
        source: rustls::pki_types::pem::Error,
    },
    /// The two do not go together.
    #[error("the certificate and the key cannot be used: {0}")]
    Rustls(#[from] rustls::Error),
}

/// Reads a certificate chain and its key.
///
/// # Errors
/// When a file cannot be read, or the two do not go together.
pub fn tls(certificate: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let failed = |option, path: &Path| {
        let path = path.display().to_string();
        move |source| TlsError::Pem { option, path, source }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(failed("--tls-cert", certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(failed("--tls-key", key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves until `stop`, then finishes what is in flight, for at most [`DRAIN_TIME`].
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, front: Front, stop: impl Future<Output = ()>) -> io::Result<()> {
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((socket, peer)) => connect(socket, peer, tls.clone(), front.clone(), &graceful),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "accept");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = DRAIN_TIME.as_secs(), "some requests did not finish in time");
    }
    Ok(())
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused)
}

fn connect(socket: TcpStream, peer: SocketAddr, tls: Option<TlsAcceptor>, front: Front, graceful: &GracefulShutdown) {
    // Answers are small and should leave at once.
    let _ = socket.set_nodelay(true);
    let watcher = graceful.watcher();
    let socket = Unread::new(socket, front.idle_time());
    tokio::spawn(async move {
        match tls {
            None => converse(socket, front, watcher).await,
            Some(tls) => match tokio::time::timeout(HEADER_TIME, tls.accept(socket)).await {
                Ok(Ok(mut socket)) => {
                    let (unread, session) = socket.get_mut();
                    if session.alpn_protocol() == Some(b"h2") {
                        unread.expect_reading();
                    }
                    converse(socket, front, watcher).await;
                }
                Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake"),
                Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
            },
        }
    });
}

async fn converse<S>(socket: S, front: Front, watcher: hyper_util::server::graceful::Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (patience, idle) = (Patience::new(), front.idle_time());
    let mut builder = Builder::new(Streams::new(idle));
    builder.http1().timer(patience.clone()).header_read_timeout(HEADER_TIME);
    // Who says nothing is asked whether they are there. The answer may wait behind much that a slow reader has not come to.
    let http2 = &mut builder.http2();
    http2.timer(TokioTimer::new()).keep_alive_interval(idle).keep_alive_timeout(idle).max_concurrent_streams(STREAMS_AT_ONCE);
    let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let front = front.clone();
        async move {
            let has_streams = request.version() == Version::HTTP_2;
            let response = front.answer(request.map(Body::new)).await;
            Ok::<_, Infallible>(if has_streams { untaken::hand_over(response) } else { response })
        }
    });
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(socket), answer);
    if let Err(error) = patience.drive(HEADER_TIME, watcher.watch(connection)).await {
        tracing::debug!(%error, "connection");
    }
}
