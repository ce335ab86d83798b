//! Uploads: by form, to disk, served back, deleted with their right.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Reply, Stream, error};
use super::messages::{call, general, grant, refused_for};
use crate::support::PUBLIC_URL;

const GENERAL: &str = "/channels/messaging/general";

/// Sends a form with one file, as SDKs do.
async fn upload(stream: &Stream, user: &str, path: &str, name: &str, mime: &str, bytes: &[u8]) -> Reply {
    let mut form = b"--edge\r\ncontent-disposition: form-data; name=\"user\"\r\n\r\n{\"id\":\"cleo\"}\r\n".to_vec();
    form.extend(
        format!("--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: {mime}\r\n\r\n").as_bytes(),
    );
    form.extend(bytes);
    form.extend(b"\r\n--edge--\r\n");
    let token = stream.sign(&if user.is_empty() { json!({"server": true}) } else { json!({ "user_id": user }) });
    let request = Request::post(format!("{}?api_key={}", stream.path(path), stream.api_key))
        .header("content-type", "multipart/form-data; boundary=edge")
        .header("authorization", token)
        .header("stream-auth-type", "jwt");
    Reply(stream.server.send(request.body(Body::from(form)).unwrap()).await)
}

async fn notes(stream: &Stream, user: &str) -> String {
    upload(stream, user, &format!("{GENERAL}/file"), "notes.txt", "text/plain", b"words").await.created()["file"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// What is served at the address of an upload: status and bytes.
async fn served(stream: &Stream, url: &str) -> crate::support::Answer {
    let path = url.strip_prefix(PUBLIC_URL).unwrap();
    stream.server.send(Request::get(path).body(Body::empty()).unwrap()).await
}

async fn delete(stream: &Stream, user: &str, path: &str, url: &str) -> Reply {
    let query = serde_urlencoded::to_string([("url", url)]).unwrap();
    let from = if user.is_empty() { From::Server } else { From::User(user) };
    stream.call(from, Method::DELETE, &format!("{path}?{query}"), None).await
}

/// Files on disk.
fn kept(stream: &Stream) -> usize {
    std::fs::read_dir(stream.server.data().join("uploads/test")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_file_is_served_as_it_came_and_gone_when_it_is_deleted() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let url = notes(&stream, "ben").await;
        assert!(url.starts_with(&format!("{PUBLIC_URL}/uploads/test/")) && url.ends_with("/notes.txt"), "{url}");
        let answer = served(&stream, &url).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, "words"));
        for (name, expected) in [
            ("content-type", "text/plain; charset=utf-8"),
            ("content-length", "5"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; sandbox"),
            ("content-disposition", "attachment; filename*=UTF-8''notes.txt"),
            ("cache-control", "private, no-cache"),
        ] {
            assert_eq!(answer.header(name), Some(expected));
        }
        assert_eq!(served(&stream, &url.replace("notes", "other")).await.status, 404);
        assert_eq!(kept(&stream), 1);
        assert_eq!(delete(&stream, "ben", &format!("{GENERAL}/file"), &url).await.ok(), json!({}));
        assert_eq!((served(&stream, &url).await.status.as_u16(), kept(&stream)), (404, 0));
        let again = delete(&stream, "ben", &format!("{GENERAL}/file"), &url).await;
        assert_eq!(again.error(), error(404, 16, "DeleteChannelFile", &format!("there is no upload '{url}'")));
    }
}

#[tokio::test]
async fn uploading_and_deleting_take_their_permissions() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let path = format!("{GENERAL}/file");
        assert_eq!(refused_for(upload(&stream, "dan", &path, "a.txt", "text/plain", b"x").await), "UploadAttachment");
        assert_eq!(kept(&stream), 0);
        let url = notes(&stream, "ben").await;
        // Stream's permissions reference: it belongs to its uploader, whatever the form says, and not to who owns the channel.
        for stranger in ["cleo", "ana"] {
            assert_eq!(refused_for(delete(&stream, stranger, &path, &url).await), "DeleteAttachment");
        }
        // Not by way of another channel, or of none.
        stream.channel("messaging", "bens", "ben", &["ben"]).await;
        for elsewhere in ["/channels/messaging/bens/file", "/uploads/file"] {
            assert_eq!(delete(&stream, "ben", elsewhere, &url).await.error().1, 16);
        }
        delete(&stream, "mo", &path, &url).await.ok();
        let url = notes(&stream, "").await;
        delete(&stream, "cleo", &path, &url).await.ok();
        grant(&stream, "channel_member", &["read-channel"]).await;
        assert_eq!(refused_for(upload(&stream, "ben", &path, "a.txt", "text/plain", b"x").await), "UploadAttachment");
        stream.put("/channeltypes/messaging", json!({"uploads": false})).await.created();
        let off = upload(&stream, "mo", &path, "a.txt", "text/plain", b"x").await;
        assert_eq!(off.error(), error(400, 19, "UploadChannelFile", "uploads is switched off for this channel"));
    }
}

#[tokio::test]
async fn an_upload_to_no_channel_is_for_one_of_ones_own() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let sent = upload(&stream, "dan", "/uploads/file", "a.txt", "text/plain", b"x").await.created();
        let url = sent["file"].as_str().unwrap();
        assert_eq!(refused_for(delete(&stream, "ben", "/uploads/file", url).await), "DeleteAttachment");
        delete(&stream, "dan", "/uploads/file", url).await.ok();
        for of in ["messaging", "livestream", "team", "commerce", "gaming"] {
            let grants: Vec<Value> = Vec::new();
            stream.put(&format!("/channeltypes/{of}"), json!({"grants": {"user": grants}})).await.created();
        }
        assert_eq!(refused_for(upload(&stream, "dan", "/uploads/file", "a.txt", "text/plain", b"x").await), "UploadAttachment");
        upload(&stream, "", "/uploads/image", "a.png", "image/png", b"x").await.created();
    }
}

#[tokio::test]
async fn what_the_app_does_not_take_is_not_kept() {
    let stream = general(Dialect::Flat).await;
    let limits = json!({"size_limit": 4, "blocked_file_extensions": [".exe"]});
    stream.patch("/app", json!({"file_upload_config": limits})).await.ok();
    let send = async |path: &str, name: &str, mime: &str, bytes: &[u8]| {
        upload(&stream, "ben", &format!("{GENERAL}/{path}"), name, mime, bytes).await
    };
    send("file", "a.txt", "text/plain", b"1234").await.created();
    assert_eq!(
        send("file", "a.txt", "text/plain", b"12345").await.error(),
        error(413, 22, "UploadChannelFile", "the file has more than 4 bytes")
    );
    let text = "file: this app does not take files like 'a.EXE' of type 'text/plain'";
    assert_eq!(send("file", "a.EXE", "text/plain", b"x").await.error(), error(400, 4, "UploadChannelFile", text));
    let text = "file: expected an image, got 'a.txt' of type 'text/plain'";
    assert_eq!(send("image", "a.txt", "text/plain", b"x").await.error(), error(400, 4, "UploadChannelImage", text));
    assert_eq!(kept(&stream), 1);
    let no_form = call(&stream, "ben", Method::POST, &format!("{GENERAL}/file"), json!({"file": "x"})).await;
    let text = "expected a form (multipart/form-data) with a field 'file'";
    assert_eq!(no_form.error(), error(400, 4, "UploadChannelFile", text));
    // A page that a browser would run is bytes.
    let page = send("file", "../../a.html", "text/html", b"<b>").await.created();
    let answer = served(&stream, page["file"].as_str().unwrap()).await;
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename*=UTF-8''a.html"));
}

#[tokio::test]
async fn uploads_go_with_their_app_and_are_not_anothers() {
    let stream = general(Dialect::Flat).await;
    let url = notes(&stream, "ben").await;
    let elsewhere = url.replace("/uploads/test/", "/uploads/demo-stream/");
    assert_eq!(served(&stream, &elsewhere).await.status, 404);
    assert_eq!(delete(&stream, "ben", &format!("{GENERAL}/file"), &elsewhere).await.error().1, 16);
    stream.server.delete("/v1/apps/test", stream.server.root_key()).await;
    assert_eq!((served(&stream, &url).await.status.as_u16(), kept(&stream)), (404, 0));
}

/// Sends a body that is no whole form, perhaps, as Ben.
async fn raw(stream: &Stream, body: Body) -> Reply {
    let request = Request::post(format!("{}?api_key={}", stream.path(&format!("{GENERAL}/file")), stream.api_key))
        .header("content-type", "multipart/form-data; boundary=edge")
        .header("authorization", stream.sign(&json!({"user_id": "ben"})))
        .header("stream-auth-type", "jwt");
    Reply(stream.server.send(request.body(body).unwrap()).await)
}

const FILE: &[u8] = b"--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n";

#[tokio::test]
async fn what_is_not_the_file_is_bounded() {
    let stream = general(Dialect::Flat).await;
    let much = "x".repeat(1024 * 1024);
    let header = format!("--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{much}\"\r\n\r\nx\r\n--edge--\r\n");
    let preamble = format!("{much}\r\n--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--edge--\r\n");
    for form in [header, preamble] {
        let text = "the form has more than 65536 bytes beside its file";
        assert_eq!(raw(&stream, Body::from(form)).await.error(), error(413, 22, "UploadChannelFile", text));
    }
    // A header that never ends is not waited for.
    let endless = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(axum::body::Bytes::from_static(&[b'x'; 1024])));
    assert_eq!(raw(&stream, Body::from_stream(endless)).await.error().1, 22);
    let fields = "--edge\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\nx\r\n".repeat(17);
    let text = "the form has more than 16 fields";
    assert_eq!(raw(&stream, Body::from(format!("{fields}--edge--\r\n"))).await.error(), error(413, 22, "UploadChannelFile", text));
    assert_eq!(kept(&stream), 0);

    // The file itself may be larger, whole or in pieces.
    let file = [FILE, much.as_bytes(), b"\r\n--edge--\r\n"].concat();
    let pieces: Vec<_> = file.chunks(1000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
    for body in [Body::from(file), Body::from_stream(futures_util::stream::iter(pieces))] {
        let url = raw(&stream, body).await.created()["file"].as_str().unwrap().to_owned();
        assert!(served(&stream, &url).await.text() == much);
    }
}

#[tokio::test]
async fn whoever_may_not_any_more_when_the_file_is_there_keeps_none() {
    let stream = general(Dialect::Flat).await;
    let (started, start) = tokio::sync::oneshot::channel();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let first = async {
        started.send(()).unwrap();
        Ok::<_, std::io::Error>(FILE.to_vec())
    };
    let rest = async {
        ended.await.unwrap();
        Ok(b"words\r\n--edge--\r\n".to_vec())
    };
    let body = Body::from_stream(futures_util::StreamExt::chain(futures_util::stream::once(first), futures_util::stream::once(rest)));
    let revoke = async {
        start.await.unwrap();
        grant(&stream, "channel_member", &["read-channel"]).await;
        end.send(()).unwrap();
    };
    let (sent, ()) = tokio::join!(raw(&stream, body), revoke);
    assert_eq!(refused_for(sent), "UploadAttachment");
    assert_eq!(kept(&stream), 0);
}

#[tokio::test]
async fn parts_that_a_stopped_server_left_are_gone_after_its_start() {
    let directory = tempfile::tempdir().unwrap();
    let shelf = directory.path().join("uploads/test");
    std::fs::create_dir_all(&shelf).unwrap();
    for name in ["a.part", "b"] {
        std::fs::write(shelf.join(name), "x").unwrap();
    }
    let server = crate::support::Server::on(std::sync::Arc::new(hallpass_store::MemoryStore::new()), directory);
    let names: Vec<_> = std::fs::read_dir(server.data().join("uploads/test")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["b"]);
}
