//! Files that come as `multipart/form-data`: what is kept of them is their name, type and size.

use axum::extract::{FromRequest as _, Multipart, Request};
use serde_json::{Value, json};

use super::fault::{Fault, FaultType};

/// Largest file, in bytes (facts 4.3: 10 MB).
const FILE_BYTES: usize = 10 * 1024 * 1024;

/// Reads the form as parameters: `file` becomes `{name, content_type, size}`.
///
/// # Errors
/// `validation`, or `entity_too_large`.
pub(super) async fn read(request: Request) -> Result<Value, Fault> {
    let broken = |error: axum::extract::multipart::MultipartError| Fault::validation(format!("the form cannot be read: {error}"));
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| Fault::validation(error.to_string()))?;
    let mut fields = serde_json::Map::new();
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map(str::to_owned);
        let mut size = 0;
        let mut text = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            size += chunk.len();
            if size > FILE_BYTES {
                return Err(Fault::new(FaultType::EntityTooLarge, format!("the file has more than {FILE_BYTES} bytes")));
            }
            if file_name.is_none() {
                text.extend_from_slice(&chunk);
            }
        }
        let value = match file_name {
            Some(file_name) => json!({"name": file_name, "content_type": content_type, "size": size}),
            None => Value::String(String::from_utf8_lossy(&text).into_owned()),
        };
        fields.insert(name, value);
    }
    Ok(Value::Object(fields))
}
