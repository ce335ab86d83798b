//! Moderation: bans, mutes, flags, blocks, what one hides and has read.

use super::super::channel::{hide, read};
use super::super::moderation::{
    ban, block_list, config, flag, flag_report, message_flags, mute, mute_channel, query_bans, review_queue, unblock,
};
use super::super::operation::Gate::{self, Asks};
use super::super::operation::Operation;
use super::super::user::block;
use super::KNOWN;

const BAN: Gate = Asks(&["BanChannelMember", "BanUser", "DeleteMessage"]);
const BANS: Gate = Asks(&["BanChannelMember", "BanUser"]);
const FLAGS: Gate = Asks(&["FlagMessage", "FlagUser", "ReadRestrictedVisibilityMessage"]);
const READS: Gate = Asks(&["ReadChannel", "ReadRestrictedVisibilityMessage"]);

/// Operations of this family.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Operation] = &[
    operation!("Ban", POST, Common "/moderation/ban", BAN, CREATED, ban::ban),
    operation!("Unban", DELETE, Common "/moderation/ban", BANS, OK, ban::unban),
    operation!("Unban", POST, Common "/moderation/unban", BANS, CREATED, ban::unban),
    operation!("QueryBannedUsers", GET, Chat "/query_banned_users", BANS, OK, query_bans::query),

    operation!("MuteUser", POST, Common "/moderation/mute", Asks(&["MuteUser"]), CREATED, mute::mute),
    operation!("UnmuteUser", POST, Common "/moderation/unmute", Asks(&["MuteUser"]), CREATED, mute::unmute),
    operation!("MuteChannel", POST, Chat "/moderation/mute/channel", Asks(&["MuteChannel"]), CREATED, mute_channel::mute),
    operation!("UnmuteChannel", POST, Chat "/moderation/unmute/channel", Asks(&["MuteChannel"]), CREATED, mute_channel::unmute),
    operation!("BlockUsers", POST, Common "/users/block", KNOWN, CREATED, block::block),
    operation!("GetBlockedUsers", GET, Common "/users/block", KNOWN, OK, block::list),
    operation!("UnblockUsers", POST, Common "/users/unblock", KNOWN, CREATED, block::unblock),

    operation!("Flag", POST, Common "/moderation/flag", FLAGS, CREATED, flag::flag),
    operation!("Unflag", POST, Common "/moderation/unflag", FLAGS, CREATED, flag::unflag),
    operation!("QueryFlags", POST, Common "/moderation/flags", Asks(&["ReadFlagReports"]), CREATED, flag_report::query_flags),
    operation!("QueryMessageFlags", GET, Chat "/moderation/flags/message", Asks(&["ReadMessageFlags"]), OK, message_flags::query),
    operation!("QueryFlagReports", POST, Common "/moderation/reports", Asks(&["ReadFlagReports"]), CREATED, flag_report::query),
    operation!("ReviewFlagReport", PATCH, Common "/moderation/reports/{id}", Asks(&["UpdateFlagReport"]), OK, flag_report::review),
    operation!("QueryReviewQueue", POST, Common "/moderation/review_queue", Asks(&["QueryModerationReviewQueue"]), CREATED, review_queue::query),
    operation!("SubmitAction", POST, Common "/moderation/submit_action", Asks(&["SubmitModerationAction"]), CREATED, review_queue::submit),
    operation!("UnblockMessage", POST, Common "/moderation/unblock_message", Asks(&["UnblockMessage"]), CREATED, unblock::unblock),

    operation!("UpsertModerationConfig", POST, Common "/moderation/config", Asks(&["UpsertModerationConfig"]), CREATED, config::upsert),
    operation!("GetModerationConfig", GET, Common "/moderation/config/{key}", Asks(&["ReadModerationConfig"]), OK, config::get),
    operation!("QueryModerationConfigs", POST, Common "/moderation/configs", Asks(&["ReadModerationConfig"]), CREATED, config::query),
    operation!("DeleteModerationConfig", DELETE, Common "/moderation/config/{key}", Asks(&["DeleteModerationConfig"]), OK, config::delete),
    operation!("CreateBlockList", POST, Common "/blocklists", Asks(&["CreateBlockList"]), CREATED, block_list::create),
    operation!("ListBlockLists", GET, Common "/blocklists", Asks(&["ReadBlockLists"]), OK, block_list::list),
    operation!("GetBlockList", GET, Common "/blocklists/{name}", Asks(&["ReadBlockLists"]), OK, block_list::get),
    operation!("UpdateBlockList", PUT, Common "/blocklists/{name}", Asks(&["UpdateBlockList"]), OK, block_list::update),
    operation!("DeleteBlockList", DELETE, Common "/blocklists/{name}", Asks(&["DeleteBlockList"]), OK, block_list::delete),

    operation!("HideChannel", POST, Chat "/channels/{type}/{id}/hide", READS, CREATED, hide::hide),
    operation!("ShowChannel", POST, Chat "/channels/{type}/{id}/show", READS, CREATED, hide::show),
    operation!("MarkRead", POST, Chat "/channels/{type}/{id}/read", READS, CREATED, read::mark_read),
    operation!("MarkUnread", POST, Chat "/channels/{type}/{id}/unread", READS, CREATED, read::mark_unread),
    operation!("MarkChannelsRead", POST, Chat "/channels/read", READS, CREATED, read::mark_channels_read),
    operation!("UnreadCounts", GET, Chat "/unread", READS, OK, read::unread_counts),
];
