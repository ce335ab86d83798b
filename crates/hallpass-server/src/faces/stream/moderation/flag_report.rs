//! Flags and flag reports of the whole app: reading them, and saying what became of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::filter::{Filter, Row};
use super::super::sort::{Best, Page, Sort};
use super::super::user::render::Users;
use super::report::{self, MESSAGE, REPORT, Report, USER, render_flag};
use super::reports::Reports;
use super::{app_of, message, own_team};
use crate::lock::Footprint;

/// Most reports in an answer.
const LIMIT: u64 = 100;
/// Reports in an answer to a request that does not say.
const DEFAULT: u64 = 25;

/// `POST /moderation/flags`: flags of messages and users, one by one.
pub(in super::super) async fn query_flags(call: Call) -> Result<Answer, StreamError> {
    let found = find(&call, "filter_conditions", |_| true).await?;
    let users = Users::of(&call, found.iter().flat_map(Report::people)).await?;
    let render = |report: &Report| {
        let of_user = (report.entity_type == USER).then(|| users.get(&report.creator)).flatten();
        let one = |flag| {
            let mut shown = render_flag(&call, report, flag, &users);
            if let Some(object) = shown.as_object_mut() {
                object.insert("created_by_automod".to_owned(), json!(flag.user.is_none()));
                object.extend(of_user.clone().map(|user| ("target_user".to_owned(), user)));
                object.extend((report.entity_type == MESSAGE).then(|| ("target_message_id".to_owned(), json!(report.entity_id))));
            }
            shown
        };
        report.flags.iter().map(one).collect::<Vec<_>>()
    };
    Ok(Answer::from_iter([("flags".to_owned(), Value::Array(found.iter().flat_map(render).collect()))]))
}

/// `POST /moderation/reports`: the messages that were flagged.
pub(in super::super) async fn query(call: Call) -> Result<Answer, StreamError> {
    let found = find(&call, "filter_conditions", |report| report.entity_type == MESSAGE).await?;
    let users = Users::of(&call, found.iter().flat_map(Report::people)).await?;
    let messages = message::rendered(&call, found.iter().map(|report| report.entity_id.as_str())).await?;
    let reports: Vec<Value> = found.iter().map(|report| render(&call, report, &users, &messages)).collect();
    Ok(Answer::from_iter([("flag_reports".to_owned(), Value::Array(reports))]))
}

/// `PATCH /moderation/reports/{id}`
pub(in super::super) async fn review(call: Call) -> Result<Answer, StreamError> {
    let id = call.path("id")?.to_owned();
    let result = call.body.required_text("review_result")?.to_owned();
    let by = call.acting_user()?;
    let edit = call.edit(Footprint::facts().entity(REPORT, id.as_str())).await?;
    let found = report::by_id(&call, &id).await?;
    call.permit("UpdateFlagReport", app_of(report::team_of(&call, found.as_ref()).as_deref()))?;
    let mut report = found.ok_or_else(|| StreamError::not_found(format!("flag report '{id}' does not exist")))?;
    report.review_details = call.body.value("review_details").cloned().unwrap_or_else(|| json!({}));
    report.review(&call, &result, by);
    call.commit(edit, Vec::new(), vec![report.write()?]).await?;
    let users = Users::of(&call, report.people()).await?;
    let messages = message::rendered(&call, [report.entity_id.as_str()]).await?;
    Ok(Answer::from_iter([("flag_report".to_owned(), render(&call, &report, &users, &messages))]))
}

/// The reports that a request asks for, of those that the caller may see.
async fn find(call: &Call, place: &str, wanted: impl Fn(&Report) -> bool) -> Result<Vec<Report>, StreamError> {
    let conditions = call.body.value(place).cloned().unwrap_or_else(|| json!({}));
    let filter = Filter::read(place, &conditions)?;
    let sort = Sort::read(&call.body, &[("created_at", true), ("id", false)])?;
    let page = Page::read(&call.body, DEFAULT, LIMIT)?;
    call.permit("ReadFlagReports", app_of(own_team(call).as_deref()))?;
    let mut best = Best::new(page, &sort);
    let mut reports = Reports::of(call, &filter);
    while let Some(step) = reports.step().await? {
        for report in step.into_iter().filter(&wanted) {
            let team = report.team(call);
            let visible = call.may("ReadFlagReports", app_of(team.as_deref()));
            let row = row(&report, team.as_deref());
            if visible && filter.accepts(&row) {
                best.push(row, report);
            }
        }
    }
    Ok(best.into_page())
}

fn row(report: &Report, team: Option<&str>) -> Row {
    Map::from_iter([
        ("id".to_owned(), json!(report.id)),
        ("report_id".to_owned(), json!(report.id)),
        ("message_id".to_owned(), json!(report.entity_id)),
        ("user_id".to_owned(), json!(report.creator)),
        ("channel_cid".to_owned(), json!(report.channel)),
        ("team".to_owned(), json!(team)),
        ("is_reviewed".to_owned(), json!(report.reviewed_at.is_some())),
        ("review_result".to_owned(), json!(report.review_result)),
        ("reviewed_by".to_owned(), json!(report.reviewed_by)),
        ("created_at".to_owned(), json!(report.created_at)),
    ])
}

fn render(call: &Call, report: &Report, users: &Users, messages: &BTreeMap<String, Value>) -> Value {
    let time = |at| call.dialect.time(at);
    let mut shown = Map::from_iter([
        ("id".to_owned(), json!(report.id)),
        ("flags_count".to_owned(), json!(report.flags_count())),
        ("review_details".to_owned(), report.review_details.clone()),
        ("created_at".to_owned(), time(report.created_at)),
        ("updated_at".to_owned(), time(report.updated_at)),
    ]);
    let first = report.flags.iter().find_map(|flag| flag.user.as_deref());
    let optional = [
        ("message", messages.get(&report.entity_id).cloned()),
        ("user", users.get(&report.creator)),
        ("first_reporter", first.and_then(|id| users.get(id))),
        ("review_result", report.review_result.as_deref().map(Value::from)),
        ("reviewed_by", report.reviewed_by.as_deref().and_then(|id| users.get(id))),
        ("reviewed_at", report.reviewed_at.map(time)),
    ];
    shown.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(shown)
}
