//! The form of an upload, read piece by piece.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::{HeaderMap, header};
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::super::error::{Code, StreamError};
use super::meter::{BESIDE_BYTES, Metered, TooMuchBeside};
use crate::limits::UPLOAD_BYTES;

/// Longest text beside the file: the user, as JSON.
const TEXT_BYTES: usize = 16 * 1024;
/// Most fields: the file, the user, and what clients send along.
const FIELDS: usize = 16;

/// What a request brings for an upload, and where uploads go.
#[derive(Default)]
pub(in super::super) struct Upload {
    form: Mutex<Option<(String, Body)>>,
    /// The directory of uploads; none where the server has no data directory.
    pub(super) directory: Option<PathBuf>,
    /// What their addresses start with.
    pub(super) base: String,
}

/// Whether a request brings a form.
pub(in super::super) fn is_form(headers: &HeaderMap) -> bool {
    content_type(headers).is_some_and(|kind| kind.starts_with("multipart/form-data"))
}

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

impl Upload {
    /// An upload to this directory. `body` is the form, where the request brings one.
    pub(in super::super) fn new(headers: &HeaderMap, body: Option<Body>, directory: Option<PathBuf>, base: String) -> Self {
        let form = body.and_then(|body| Some((content_type(headers)?.to_owned(), body)));
        Self { form: Mutex::new(form), directory, base }
    }

    /// The form, once.
    ///
    /// # Errors
    /// When the request brought none.
    pub(super) fn form(&self) -> Result<Form, StreamError> {
        let taken = self.form.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (content_type, body) = taken.ok_or_else(|| StreamError::input("expected a form (multipart/form-data) with a field 'file'"))?;
        let boundary = multer::parse_boundary(content_type).map_err(unreadable)?;
        let in_file = Arc::new(AtomicBool::new(false));
        let most = UPLOAD_BYTES.saturating_add(u64::try_from(BESIDE_BYTES).unwrap_or(u64::MAX));
        let constraints = Constraints::new().size_limit(SizeLimit::new().whole_stream(most));
        let metered = Metered::new(body.into_data_stream(), in_file.clone());
        Ok(Form { parts: Multipart::with_constraints(metered, boundary, constraints), in_file, fields: 0 })
    }
}

/// A form that is being read.
pub(super) struct Form {
    parts: Multipart<'static>,
    in_file: Arc<AtomicBool>,
    fields: usize,
}

impl Form {
    /// The next field; none at the end.
    ///
    /// # Errors
    /// When the form cannot be read, is too big beside its file, or has too many fields.
    pub(super) async fn next(&mut self) -> Result<Option<Field<'static>>, StreamError> {
        self.in_file.store(false, Ordering::Relaxed);
        let field = self.parts.next_field().await.map_err(unreadable)?;
        self.fields += usize::from(field.is_some());
        if self.fields > FIELDS {
            return Err(StreamError::new(Code::TooBig, format!("the form has more than {FIELDS} fields")));
        }
        Ok(field)
    }

    /// What follows is the file, up to the next field.
    pub(super) fn enters_file(&self) {
        self.in_file.store(true, Ordering::Relaxed);
    }
}

/// The error of a form that cannot be read.
pub(super) fn unreadable(error: multer::Error) -> StreamError {
    match &error {
        multer::Error::StreamReadFailed(cause) if cause.is::<TooMuchBeside>() => StreamError::new(Code::TooBig, TooMuchBeside.to_string()),
        multer::Error::StreamSizeExceeded { limit } => StreamError::new(Code::TooBig, format!("the form has more than {limit} bytes")),
        _ => StreamError::input(format!("the form cannot be read: {error}")),
    }
}

/// The text of a field.
///
/// # Errors
/// When it is too long, or not text.
pub(super) async fn text(mut field: Field<'static>) -> Result<String, StreamError> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(unreadable)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > TEXT_BYTES {
            return Err(StreamError::new(Code::TooBig, format!("a field beside the file has more than {TEXT_BYTES} bytes")));
        }
    }
    String::from_utf8(bytes).map_err(|_| StreamError::input("a field beside the file is not text"))
}
