//! The app: its settings and its grants (`.app`).

use hallpass::{Change, Level, Timestamp};
use serde_json::{Map, Value, json};

use super::call::{Answer, Call};
use super::channel_type;
use super::channel_type::config::Commands;
use super::documents::{self, AppSettings, SETTINGS};
use super::error::StreamError;
use super::fields::{Fields, Patch};
use super::grants::{self, GrantsPatch};
use crate::limits::UPLOAD_BYTES;
use crate::lock::Footprint;

/// Settings that are kept and shown, and change nothing here, with what is shown where they were never set. Settings that hold secrets
/// (push and queue credentials) are not among them: what is not needed is not kept.
fn shown_defaults() -> Map<String, Value> {
    let upload = json!({"size_limit": UPLOAD_BYTES, "allowed_file_extensions": [], "blocked_file_extensions": [], "allowed_mime_types": [], "blocked_mime_types": []});
    let settings = [
        ("allow_multi_user_devices", json!(false)),
        ("async_url_enrich_enabled", json!(false)),
        ("auto_translation_enabled", json!(false)),
        ("campaign_enabled", json!(false)),
        ("cdn_expiration_seconds", json!(0)),
        ("custom_action_handler_url", json!("")),
        ("event_hooks", json!([])),
        ("feed_audit_logs_enabled", json!(false)),
        ("file_upload_config", upload.clone()),
        ("image_moderation_enabled", json!(false)),
        ("image_upload_config", upload),
        ("max_aggregated_activities_length", json!(0)),
        ("member_custom_on_mentioned_users_enabled", json!(false)),
        ("member_custom_on_messages_enabled", json!(false)),
        ("member_custom_on_typing_events_enabled", json!(false)),
        ("moderation_audio_call_moderation_enabled", json!(false)),
        ("moderation_enabled", json!(false)),
        ("moderation_keyframe_video_enabled", json!(false)),
        ("moderation_llm_configurability_enabled", json!(false)),
        ("moderation_multitenant_blocklist_enabled", json!(false)),
        ("moderation_video_call_moderation_enabled", json!(false)),
        ("moderation_webhook_url", json!("")),
        ("reminders_interval", json!(0)),
        ("reminders_max_members", json!(0)),
        ("sns_topic_arn", json!("")),
        ("sqs_url", json!("")),
        ("use_hook_v2", json!(false)),
        ("user_response_time_enabled", json!(false)),
        ("user_search_disallowed_roles", json!([])),
        ("webhook_events", json!([])),
        ("webhook_url", json!("")),
    ];
    settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What a client, as opposed to the back end, is shown.
const FOR_CLIENTS: &[&str] =
    &["id", "name", "placement", "file_upload_config", "image_upload_config", "auto_translation_enabled", "async_url_enrich_enabled"];

/// `GET /app`
pub(super) async fn get(call: Call) -> Result<Answer, StreamError> {
    let mut app = shown_defaults();
    app.extend(call.settings.shown.clone());
    let tenant = &call.tenant;
    app.insert("id".to_owned(), Value::from(numeric_id(tenant.id())));
    app.insert("name".to_owned(), Value::from(tenant.id()));
    app.insert("placement".to_owned(), Value::from(""));
    if call.caller.is_server() {
        put_for_server(&call, &mut app).await?;
    } else {
        app.retain(|name, _| FOR_CLIENTS.contains(&name.as_str()));
    }
    Ok(Answer::from_iter([("app".to_owned(), Value::Object(app))]))
}

async fn put_for_server(call: &Call, app: &mut Map<String, Value>) -> Result<(), StreamError> {
    let engine = call.tenant.engine();
    let switches = engine.settings();
    let settings = &call.settings;
    let own = json!({
        "organization": "",
        "grants": grants::render(engine, &Level::App),
        "policies": {},
        "permission_version": "v2",
        "multi_tenant_enabled": switches.teams,
        "disable_permissions_checks": switches.checks_disabled,
        "disable_auth_checks": settings.disable_auth_checks,
        "guest_user_creation_disabled": settings.guest_user_creation_disabled,
        "enforce_unique_usernames": "no",
        "revoke_tokens_issued_before": settings.revoke_tokens_issued_before.map(|at| call.dialect.time(at)),
        "channel_configs": channel_type::render_all(call, Commands::Names).await?,
        "call_types": {},
        "suspended": false,
        "suspended_explanation": "",
        "sns_key": "", "sns_secret": "", "sqs_key": "", "sqs_secret": "",
        "push_notifications": {
            "version": "v2", "offline_only": false,
            "apn": {"enabled": false, "development": false}, "firebase": {"enabled": false},
            "huawei": {"enabled": false}, "xiaomi": {"enabled": false}, "providers": [],
        },
        "created_at": call.dialect.time(documents::unknown_time(&call.tenant)),
        "updated_at": call.dialect.time(settings.updated_at.unwrap_or(documents::unknown_time(&call.tenant))),
    });
    if let Value::Object(own) = own {
        app.extend(own);
    }
    Ok(())
}

/// Stream's apps have numbers; ours have names. The same name always has the same number.
fn numeric_id(name: &str) -> u32 {
    // FNV-1a: short, and the same everywhere.
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)) >> 1
}

/// `PATCH /app`
pub(super) async fn update(call: Call) -> Result<Answer, StreamError> {
    let body = &call.body;
    refuse_what_is_not_served(body)?;
    let grants = GrantsPatch::read(body, call.dialect)?;

    let edit = call.edit(Footprint::policy()).await?;
    let engine = edit.engine();
    let mut switches = engine.settings();
    switches.teams = body.flag("multi_tenant_enabled")?.unwrap_or(switches.teams);
    switches.checks_disabled = body.flag("disable_permissions_checks")?.unwrap_or(switches.checks_disabled);
    let before = documents::app_settings(&call.tenant).await?;
    let mut settings = patched(body, before.clone())?;

    let mut changes = Vec::new();
    if switches != engine.settings() {
        changes.push(Change::SettingsPut(switches));
    }
    changes.extend(grants.changes(engine, &Level::App));
    let mut written = Vec::new();
    if settings != before || !changes.is_empty() {
        settings.updated_at = Some(call.now);
        written.push(documents::put(SETTINGS.0, SETTINGS.1, &settings)?);
    }
    let revoked = settings.revoke_tokens_issued_before.filter(|at| before.revoke_tokens_issued_before != Some(*at));
    call.commit(edit, changes, written).await?;
    if revoked.is_some() {
        call.hang_up(None);
    }
    Ok(Answer::new())
}

fn patched(body: &Fields, mut settings: AppSettings) -> Result<AppSettings, StreamError> {
    settings.disable_auth_checks = body.flag("disable_auth_checks")?.unwrap_or(settings.disable_auth_checks);
    settings.guest_user_creation_disabled = body.flag("guest_user_creation_disabled")?.unwrap_or(settings.guest_user_creation_disabled);
    match patch_time(body, "revoke_tokens_issued_before")? {
        Patch::Absent => {}
        Patch::Cleared => settings.revoke_tokens_issued_before = None,
        Patch::Set(at) => settings.revoke_tokens_issued_before = Some(at),
    }
    for (name, default) in shown_defaults() {
        match body.value(&name) {
            None => {}
            Some(value) if std::mem::discriminant(value) == std::mem::discriminant(&default) => {
                settings.shown.insert(name, value.clone());
            }
            Some(value) => return Err(super::fields::wrong(&name, &format!("something like {default}"), value)),
        }
    }
    Ok(settings)
}

/// A time that `null` clears.
pub(super) fn patch_time(fields: &Fields, name: &str) -> Result<Patch<Timestamp>, StreamError> {
    Ok(match fields.time(name)? {
        Some(at) => Patch::Set(at),
        None if fields.has(name) => Patch::Cleared,
        None => Patch::Absent,
    })
}

/// Settings that would change decisions or answers in ways that are not served are refused rather than kept and ignored.
fn refuse_what_is_not_served(body: &Fields) -> Result<(), StreamError> {
    if let Some(version) = body.text("permission_version")?.filter(|version| *version != "v2") {
        return Err(StreamError::field("permission_version", format!("only 'v2' is served, got '{version}'")));
    }
    // An app is on v2 from its first day: there is nothing to migrate.
    body.flag("migrate_permissions_to_v2")?;
    match body.text("enforce_unique_usernames")? {
        None | Some("" | "no") => Ok(()),
        Some(other) => Err(StreamError::field("enforce_unique_usernames", format!("only 'no' is served, got '{other}'"))),
    }
}
