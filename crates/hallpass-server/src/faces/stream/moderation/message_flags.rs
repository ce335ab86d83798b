//! `GET /moderation/flags/message`: which messages were flagged, by whom. One sees those of the channels where one may see flags.

use std::collections::BTreeMap;

use hallpass::{ChannelId, Resource};
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::channel;
use super::super::error::StreamError;
use super::super::filter::{Filter, Row};
use super::super::sort::{Best, Page, Sort};
use super::super::user::render::Users;
use super::message;
use super::report::{Flag, MESSAGE, Report};
use super::reports::Reports;

/// Most flags in an answer.
const LIMIT: u64 = 100;
/// Flags in an answer to a request that does not say.
const DEFAULT: u64 = 25;

/// `GET /moderation/flags/message?payload=…`
pub(in super::super) async fn query(call: Call) -> Result<Answer, StreamError> {
    let request = call.query.payload()?;
    let conditions = request.value("filter_conditions").cloned().unwrap_or_else(|| json!({}));
    let filter = Filter::read("filter_conditions", &conditions)?;
    let sort = Sort::read(&request, &[("created_at", true), ("message_id", false)])?;
    let page = Page::read(&request, DEFAULT, LIMIT)?;

    let named = filter.pinned("channel_cid");
    for cid in named.iter().flatten() {
        let id: ChannelId = cid.parse().map_err(|error: hallpass::ChannelIdError| StreamError::field("channel_cid", error.to_string()))?;
        channel::live(&call, &id)?;
        call.permit("ReadMessageFlags", Resource::channel(id.as_str()))?;
    }
    let mut best = Best::new(page, &sort);
    let mut readable: BTreeMap<ChannelId, bool> = BTreeMap::new();
    let mut reports = Reports::of(&call, &filter);
    while let Some(step) = reports.step().await? {
        for report in step.into_iter().filter(|report| report.entity_type == MESSAGE) {
            let Some(id) = &report.channel else { continue };
            let may = |id: &ChannelId| call.may("ReadMessageFlags", Resource::channel(id.as_str()));
            if !*readable.entry(id.clone()).or_insert_with(|| may(id)) {
                continue;
            }
            for flag in &report.flags {
                let row = row(&call, &report, flag);
                if filter.accepts(&row) {
                    best.push(row, (report.clone(), flag.clone()));
                }
            }
        }
    }
    drop(reports);
    let found = best.into_page();
    let users = Users::of(&call, found.iter().flat_map(|(report, _)| report.people())).await?;
    let messages = message::rendered(&call, found.iter().map(|(report, _)| report.entity_id.as_str())).await?;
    let flags: Vec<Value> = found.iter().map(|(report, flag)| render(&call, report, flag, &users, &messages)).collect();
    Ok(Answer::from_iter([("flags".to_owned(), Value::Array(flags))]))
}

fn row(call: &Call, report: &Report, flag: &Flag) -> Row {
    Map::from_iter([
        ("channel_cid".to_owned(), json!(report.channel)),
        ("message_id".to_owned(), json!(report.entity_id)),
        // Whose message it is.
        ("user_id".to_owned(), json!(report.creator)),
        ("moderator_id".to_owned(), json!(report.reviewed_by)),
        ("reason".to_owned(), json!(flag.reason)),
        ("team".to_owned(), json!(report.team(call))),
        ("is_reviewed".to_owned(), json!(report.reviewed_at.is_some())),
        ("created_at".to_owned(), json!(flag.created_at)),
    ])
}

fn render(call: &Call, report: &Report, flag: &Flag, users: &Users, messages: &BTreeMap<String, Value>) -> Value {
    let time = |at| call.dialect.time(at);
    let mut shown = Map::from_iter([
        ("created_at".to_owned(), time(flag.created_at)),
        ("updated_at".to_owned(), time(flag.updated_at)),
        ("created_by_automod".to_owned(), json!(flag.user.is_none())),
        ("reason".to_owned(), json!(flag.reason)),
        ("custom".to_owned(), json!(flag.custom)),
    ]);
    let optional = [
        ("message", messages.get(&report.entity_id).cloned()),
        ("user", flag.user.as_deref().and_then(|id| users.get(id))),
        ("reviewed_by", report.reviewed_by.as_deref().and_then(|id| users.get(id))),
        ("reviewed_at", report.reviewed_at.map(time)),
    ];
    shown.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(shown)
}
