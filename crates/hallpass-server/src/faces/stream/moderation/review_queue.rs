//! The review queue: what was flagged and waits for a moderator, and what the moderator does about it.

use std::collections::BTreeMap;

use hallpass::ChannelId;
use serde_json::{Map, Value, json};

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::fields::Fields;
use super::super::filter::{Filter, Row};
use super::super::sort::{Best, Page, Sort, next, next_of};
use super::super::user::render::Users;
use super::super::{channel, message as messages};
use super::ban::{self, BanDocument};
use super::message::{self, Effect};
use super::report::{self, MESSAGE, REPORT, Report, render_flag};
use super::reports::Reports;
use super::{app_of, channel_named, end, own_team};
use crate::lock::Footprint;

/// Most items in an answer.
const LIMIT: u64 = 100;
/// Items in an answer to a request that does not say.
const DEFAULT: u64 = 25;
/// What a moderator can do about an item.
const ACTIONS: &[&str] = &["mark_reviewed", "ban", "unban", "delete_message", "unblock", "restore"];

/// `POST /moderation/review_queue`
pub(in super::super) async fn query(call: Call) -> Result<Answer, StreamError> {
    let conditions = call.body.value("filter").cloned().unwrap_or_else(|| json!({}));
    let filter = Filter::read("filter", &conditions)?;
    let sort = Sort::read(&call.body, &[("created_at", true), ("id", false)])?;
    let mut page = Page::read(&call.body, DEFAULT, LIMIT)?;
    page.offset = next_of(&call.body)?.unwrap_or(page.offset);
    call.permit("QueryModerationReviewQueue", app_of(own_team(&call).as_deref()))?;
    let mut best = Best::new(page, &sort);
    let mut reports = Reports::of(&call, &filter);
    while let Some(step) = reports.step().await? {
        for report in step {
            let team = report.team(&call);
            let visible = call.may("QueryModerationReviewQueue", app_of(team.as_deref()));
            let row = row(&report, team.as_deref());
            if visible && filter.accepts(&row) {
                best.push(row, report);
            }
        }
    }
    drop(reports);
    let all = best.seen();
    let found = best.into_page();
    let end = page.offset + found.len();
    let items = render_all(&call, &found).await?;
    let mut answer = Answer::from_iter([
        ("items".to_owned(), Value::Array(items)),
        ("action_config".to_owned(), json!({})),
        ("stats".to_owned(), json!({ "total": all })),
    ]);
    if end < all {
        answer.insert("next".to_owned(), json!(next(end)));
    }
    Ok(answer)
}

/// `POST /moderation/submit_action`
pub(in super::super) async fn submit(call: Call) -> Result<Answer, StreamError> {
    let id = call.body.required_text("item_id")?.to_owned();
    let action = call.body.required_text("action_type")?.to_owned();
    let by = call.acting_user()?;
    let found = report::by_id(&call, &id).await?;
    let mut footprint = Footprint::facts().entity(REPORT, id.as_str());
    if let Some(report) = &found {
        footprint = messages::touched(&call, footprint, &report.entity_id).await?.user(report.creator.as_str());
    }
    let edit = call.edit(footprint).await?;
    call.permit("SubmitModerationAction", app_of(report::team_of(&call, found.as_ref()).as_deref()))?;
    // Again, now that nobody else changes it.
    let missing = || StreamError::not_found(format!("review queue item '{id}' does not exist"));
    let mut report = report::by_id(&call, &id).await?.ok_or_else(missing)?;
    let (changes, mut written) = effect(&call, &report, &action).await?;
    report.review(&call, &action, by);
    written.push(report.write()?);
    call.commit(edit, changes, written).await?;
    let item = render_all(&call, std::slice::from_ref(&report)).await?.pop().unwrap_or_default();
    Ok(Answer::from_iter([("item".to_owned(), item)]))
}

/// What an action does besides being noted.
async fn effect(call: &Call, report: &Report, action: &str) -> Result<Effect, StreamError> {
    match action {
        "mark_reviewed" => Ok((Vec::new(), Vec::new())),
        "ban" | "unban" => of_ban(call, report, action),
        "unblock" | "restore" | "delete_message" if report.entity_type == MESSAGE => {
            let found = messages::find_undeleted(call, &report.entity_id).await?;
            let written = match action {
                "delete_message" => {
                    let mut written = messages::purge::softly(call, &found.message)?.1;
                    written.extend(messages::delete::uncounted(call, &found.message, false).await?);
                    written
                }
                _ if message::is_kept_back(&found.message) => message::released(call, found.message).await?,
                _ => Vec::new(),
            };
            Ok((Vec::new(), written))
        }
        _ => {
            let text = format!("expected one of {}, for a {}; got '{action}'", ACTIONS.join(", "), report.entity_type);
            Err(StreamError::field("action_type", text))
        }
    }
}

fn of_ban(call: &Call, report: &Report, action: &str) -> Result<Effect, StreamError> {
    let options = call.body.object(action)?.unwrap_or_default();
    let target = options.text("target_user_id")?.filter(|id| !id.is_empty()).unwrap_or(&report.creator).to_owned();
    let named = channel_named(&Fields::of(action, only(&options, "channel_cid"))?)?;
    // Acting on an item is a right over what it is about, and nobody and nothing else.
    if target != report.creator {
        return Err(StreamError::field(&options.path("target_user_id"), format!("the item is about '{}', got '{target}'", report.creator)));
    }
    if let Some(other) = named.as_ref().filter(|named| report.channel.as_ref() != Some(*named)) {
        return Err(StreamError::field(&options.path("channel_cid"), format!("the item is not about channel '{other}'")));
    }
    let there = options.flag("channel_ban_only")?.unwrap_or(false);
    let place: Option<ChannelId> = named.or_else(|| report.channel.clone().filter(|_| there));
    channel::members::must_exist(call.tenant.engine(), [target.as_str()])?;
    if action == "unban" {
        let (change, written) = ban::lifted(call, &target, place.as_ref(), false);
        return Ok((change.into_iter().collect(), written.into_iter().collect()));
    }
    let document = BanDocument {
        user: target,
        channel: place,
        banned_by: call.acting_user()?,
        reason: options.text("reason")?.filter(|reason| !reason.is_empty()).map(str::to_owned),
        shadow: options.flag("shadow")?.unwrap_or(false),
        ip_ban: options.flag("ip_ban")?.unwrap_or(false),
        created_at: call.now,
        expires_at: end(call, &options)?,
    };
    let (change, written) = ban::placed(call, &document)?;
    Ok((change.into_iter().collect(), vec![written]))
}

/// One field of an object, as an object.
fn only(fields: &Fields, name: &str) -> Value {
    fields.value(name).map_or_else(|| json!({}), |value| json!({ name: value }))
}

fn row(report: &Report, team: Option<&str>) -> Row {
    Map::from_iter([
        ("id".to_owned(), json!(report.id)),
        ("entity_type".to_owned(), json!(report.entity_type)),
        ("entity_id".to_owned(), json!(report.entity_id)),
        ("user_id".to_owned(), json!(report.creator)),
        ("channel_cid".to_owned(), json!(report.channel)),
        ("reviewed".to_owned(), json!(report.reviewed_at.is_some())),
        ("status".to_owned(), json!(status(report))),
        ("team".to_owned(), json!(team)),
        ("teams".to_owned(), json!(team.into_iter().collect::<Vec<_>>())),
        ("created_at".to_owned(), json!(report.created_at)),
        ("updated_at".to_owned(), json!(report.updated_at)),
    ])
}

fn status(report: &Report) -> &'static str {
    if report.reviewed_at.is_some() { "reviewed" } else { "needs_review" }
}

async fn render_all(call: &Call, reports: &[Report]) -> Result<Vec<Value>, StreamError> {
    let users = Users::of(call, reports.iter().flat_map(Report::people)).await?;
    let of_messages = reports.iter().filter(|report| report.entity_type == MESSAGE).map(|report| report.entity_id.as_str());
    let messages = message::rendered(call, of_messages).await?;
    Ok(reports.iter().map(|report| render(call, report, &users, &messages)).collect())
}

/// An item, as answers show it.
fn render(call: &Call, report: &Report, users: &Users, messages: &BTreeMap<String, Value>) -> Value {
    let time = |at| call.dialect.time(at);
    let flags: Vec<Value> = report.flags.iter().map(|flag| render_flag(call, report, flag, users)).collect();
    let actions: Vec<Value> = report.actions.iter().map(|action| render_action(call, report, action)).collect();
    let Value::Object(mut shown) = json!({
        "id": report.id,
        "entity_type": report.entity_type,
        "entity_id": report.entity_id,
        "entity_creator_id": report.creator,
        "status": status(report),
        "flags": flags,
        "flags_count": report.flags_count(),
        "actions": actions,
        "latest_moderator_action": report.actions.last().map(|action| action.kind.clone()).unwrap_or_default(),
        "recommended_action": "flag",
        "reviewed_by": report.reviewed_by.clone().unwrap_or_default(),
        "moderation_payload": {"texts": if report.text.is_empty() { Vec::new() } else { vec![report.text.clone()] }},
        "bans": [],
        "languages": [],
        "teams": report.team(call).into_iter().collect::<Vec<_>>(),
        "severity": 0,
        "ai_text_severity": "",
        "escalated": false,
        "created_at": time(report.created_at),
        "updated_at": time(report.updated_at),
    }) else {
        return Value::Null;
    };
    let optional = [
        ("message", messages.get(&report.entity_id).cloned()),
        ("reviewed_at", report.reviewed_at.map(time)),
        ("completed_at", report.reviewed_at.map(time)),
    ];
    shown.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(shown)
}

fn render_action(call: &Call, report: &Report, action: &report::Action) -> Value {
    json!({
        "id": action.id,
        "type": action.kind,
        "user_id": action.user.clone().unwrap_or_default(),
        "target_user_id": report.creator,
        "reporter_type": "moderator",
        "reason": "",
        "ai_providers": [],
        "custom": {},
        "created_at": call.dialect.time(action.at),
    })
}
