//! Roles, permissions, the app, channel types, users, channels and their members.

use super::super::operation::{Gate, Operation};
use super::super::{app, channel, channel_type, permission, role, task, user};
use super::KNOWN;

use Gate::{Asks, Public, Server};

/// What changes of a channel and its members ask for, and what the message asks for that may come with them.
const UPDATE: Gate = Asks(&[
    "UpdateChannel",
    "UpdateChannelFrozen",
    "UpdateChannelCooldown",
    "UpdateChannelMembers",
    "AddOwnChannelMembership",
    "RemoveOwnChannelMembership",
    "CreateMessage",
    "AddLinks",
    "SkipMessageModeration",
]);
/// What a partial update of them asks for.
const PATCH: Gate = Asks(&["UpdateChannel", "UpdateChannelFrozen", "UpdateChannelCooldown"]);
/// What changes of somebody else's membership ask for.
const MEMBERS: Gate = Asks(&["UpdateChannelMembers"]);
/// What getting or creating a channel asks for.
const OPEN: Gate = Asks(&[
    "ReadChannel",
    "ReadRestrictedVisibilityMessage",
    "CreateChannel",
    "RecreateChannel",
    "CreateDistinctChannelForOthers",
    "UpdateChannelFrozen",
    "UpdateChannelCooldown",
]);
/// What changes of users ask for.
const USERS: Gate = Asks(&["UpdateUser", "UpdateUserRole", "UpdateUserTeams"]);

/// Operations of the management side.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Operation] = &[
    operation!("ListRoles", GET, Common "/roles", Server, OK, role::list),
    operation!("CreateRole", POST, Common "/roles", Server, CREATED, role::create),
    operation!("SearchRoles", GET, Common "/roles/search", KNOWN, OK, role::search),
    operation!("DeleteRole", DELETE, Common "/roles/{name}", Server, OK, role::delete),

    operation!("ListPermissions", GET, Common "/permissions", Server, OK, permission::list),
    operation!("CreatePermission", POST, Common "/permissions", Server, CREATED, permission::create),
    operation!("GetPermission", GET, Common "/permissions/{id}", Server, OK, permission::get),
    operation!("UpdatePermission", PUT, Common "/permissions/{id}", Server, CREATED, permission::update),
    operation!("DeletePermission", DELETE, Common "/permissions/{id}", Server, OK, permission::delete),

    operation!("GetApp", GET, Common "/app", KNOWN, OK, app::get),
    operation!("UpdateApp", PATCH, Common "/app", Server, OK, app::update),

    operation!("CreateChannelType", POST, Chat "/channeltypes", Server, CREATED, channel_type::create),
    operation!("ListChannelTypes", GET, Chat "/channeltypes", Server, OK, channel_type::list),
    operation!("GetChannelType", GET, Chat "/channeltypes/{name}", Server, OK, channel_type::get),
    operation!("UpdateChannelType", PUT, Chat "/channeltypes/{name}", Server, CREATED, channel_type::update),
    operation!("DeleteChannelType", DELETE, Chat "/channeltypes/{name}", Server, OK, channel_type::delete),

    operation!("UpdateUsers", POST, Common "/users", USERS, CREATED, user::upsert::upsert),
    operation!("UpdateUsersPartial", PATCH, Common "/users", USERS, OK, user::partial::update),
    operation!("QueryUsers", GET, Common "/users", Asks(&["SearchUser"]), OK, user::query::query),
    operation!("CreateGuest", POST, Common "/guest", Public, CREATED, user::guest::create),
    operation!("DeleteUsers", POST, Common "/users/delete", Server, CREATED, user::lifecycle::delete_many),
    operation!("DeactivateUsers", POST, Common "/users/deactivate", Server, CREATED, user::lifecycle::deactivate_many),
    operation!("ReactivateUsers", POST, Common "/users/reactivate", Server, CREATED, user::lifecycle::reactivate_many),
    operation!("RestoreUsers", POST, Common "/users/restore", Server, CREATED, user::lifecycle::restore_many),
    operation!("DeleteUser", DELETE, Common "/users/{id}", Server, OK, user::lifecycle::delete),
    operation!("DeactivateUser", POST, Common "/users/{id}/deactivate", Server, CREATED, user::lifecycle::deactivate),
    operation!("ReactivateUser", POST, Common "/users/{id}/reactivate", Server, CREATED, user::lifecycle::reactivate),
    operation!("GetTask", GET, Common "/tasks/{id}", Server, OK, task::get),

    operation!("QueryChannels", POST, Chat "/channels", Asks(&["ReadChannel", "ReadRestrictedVisibilityMessage"]), CREATED, channel::query::query),
    operation!("DeleteChannels", POST, Chat "/channels/delete", Server, CREATED, channel::delete::delete_many),
    operation!("GetOrCreateChannel", POST, Chat "/channels/{type}/query", OPEN, CREATED, channel::open::distinct),
    operation!("GetOrCreateChannel", POST, Chat "/channels/{type}/{id}/query", OPEN, CREATED, channel::open::with_id),
    operation!("GetChannel", GET, Chat "/channels/{type}/{id}", Asks(&["ReadChannel", "ReadRestrictedVisibilityMessage"]), OK, channel::get::get),
    operation!("UpdateChannel", POST, Chat "/channels/{type}/{id}", UPDATE, CREATED, channel::update::update),
    operation!("UpdateChannelPartial", PATCH, Chat "/channels/{type}/{id}", PATCH, OK, channel::partial::update),
    operation!("DeleteChannel", DELETE, Chat "/channels/{type}/{id}", Asks(&["DeleteChannel"]), OK, channel::delete::delete),
    operation!("UpdateMemberPartial", PATCH, Chat "/channels/{type}/{id}/member", MEMBERS, OK, channel::member_partial::update),
    operation!("UpdateMemberPartial", PATCH, Chat "/channels/{type}/{id}/member/{user_id}", MEMBERS, OK, channel::member_partial::update),
    operation!("QueryMembers", GET, Chat "/members", Asks(&["ReadChannelMembers"]), OK, channel::query_members::query),
];
