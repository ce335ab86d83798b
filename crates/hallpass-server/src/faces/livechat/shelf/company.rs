//! Details of the company.

use hallpass::Resource;
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::fault::Fault;
use super::super::keep;
use crate::lock::Footprint;

/// What `update_company_details` knows.
const COMPANY: &[&str] = &[
    "audience",
    "chat_purpose",
    "city",
    "company",
    "company_size",
    "country",
    "invoice_email",
    "invoice_name",
    "nip",
    "postal_code",
    "state",
    "street",
    "phone",
    "province",
    "url",
];

/// `update_company_details`.
///
/// # Errors
/// The refusal; `validation`.
pub(in crate::faces::livechat) async fn update_company(call: Call) -> Result<Answer, Fault> {
    call.permit("update_company_details", Resource::app())?;
    let body = call.fields();
    body.flag("enrich")?;
    let edit = call.edit(Footprint::facts().entity("company", "details")).await?;
    let mut held: Map<String, Value> = keep::find(&call, "company", "details").await?.unwrap_or_default();
    for name in COMPANY {
        if let Some(text) = body.text(name)? {
            held.insert((*name).to_owned(), json!(text));
        }
    }
    call.commit(edit, Vec::new(), vec![keep::put("company", "details", &held)?]).await?;
    Ok(json!({}))
}
