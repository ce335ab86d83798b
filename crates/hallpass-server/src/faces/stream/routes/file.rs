//! Uploads.

use super::super::operation::{Gate, Operation};
use super::super::upload;

use Gate::Asks;

const UPLOAD: Gate = Asks(&["UploadAttachment"]);
const DELETE: Gate = Asks(&["DeleteAttachment"]);

/// Operations of this family.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Operation] = &[
    operation!("UploadChannelFile", POST, Chat "/channels/{type}/{id}/file", UPLOAD, CREATED, upload::send::file),
    operation!("UploadChannelImage", POST, Chat "/channels/{type}/{id}/image", UPLOAD, CREATED, upload::send::image),
    operation!("DeleteChannelFile", DELETE, Chat "/channels/{type}/{id}/file", DELETE, OK, upload::delete::delete),
    operation!("DeleteChannelImage", DELETE, Chat "/channels/{type}/{id}/image", DELETE, OK, upload::delete::delete),
    operation!("UploadFile", POST, Common "/uploads/file", UPLOAD, CREATED, upload::send::file),
    operation!("UploadImage", POST, Common "/uploads/image", UPLOAD, CREATED, upload::send::image),
    operation!("DeleteFile", DELETE, Common "/uploads/file", DELETE, OK, upload::delete::delete),
    operation!("DeleteImage", DELETE, Common "/uploads/image", DELETE, OK, upload::delete::delete),
];
