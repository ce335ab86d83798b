//! Roles, permissions, restricted features, users, friends, blocked users, auth tokens.

use crate::faces::cometchat::operation::Gate::{AnyKey, Asks, FullAccess, User};
use crate::faces::cometchat::operation::Operation;
use crate::faces::cometchat::{permission, restricted_feature, role, user};

#[rustfmt::skip]
pub(super) static OPERATIONS: &[Operation] = &[
    operation!("create-role", POST "/roles", FullAccess, role::create),
    operation!("list-roles", GET "/roles", FullAccess, role::list),
    operation!("get-role", GET "/roles/{role}", FullAccess, role::get),
    operation!("update-role", PUT "/roles/{role}", FullAccess, role::update),
    operation!("delete-role", DELETE "/roles/{role}", FullAccess, role::delete),

    operation!("list-role-permissions", GET "/roles/{role}/permissions", FullAccess, permission::list_of_role),
    operation!("set-role-permissions", PUT "/roles/{role}/permissions", FullAccess, permission::set_of_role),
    operation!("unset-role-permissions", DELETE "/roles/{role}/permissions/{permission}", FullAccess, permission::unset_of_role),
    operation!("list-scope-permissions", GET "/groups/{guid}/scopes/{scope}/permissions", FullAccess, permission::list_of_scope),
    operation!("set-scope-permissions", PUT "/groups/{guid}/scopes/{scope}/permissions", FullAccess, permission::set_of_scope),
    operation!("unset-scope-permissions", DELETE "/groups/{guid}/scopes/{scope}/permissions/{permission}", FullAccess, permission::unset_of_scope),

    operation!("get-restrictedfeatures", GET "/roles/{role}/restrictedfeatures", FullAccess, restricted_feature::list),
    operation!("restrict-features", POST "/roles/{role}/restrictedfeatures", FullAccess, restricted_feature::restrict),
    operation!("allow-features", DELETE "/roles/{role}/restrictedfeatures", FullAccess, restricted_feature::allow),

    operation!("create-user", POST "/users", AnyKey, user::profile::create),
    operation!("list-users", GET "/users", Asks(&["ListUsers"]), user::list::list),
    operation!("reactivate-users", PUT "/users", FullAccess, user::lifecycle::activate),
    operation!("deactivate-users", DELETE "/users", FullAccess, user::lifecycle::deactivate),
    operation!("get-user", GET "/users/{uid}", Asks(&["GetUserDetails", "GetMyDetails"]), user::profile::get),
    operation!("update-user", PUT "/users/{uid}", Asks(&["EditProfile"]), user::profile::update),
    operation!("delete-user", DELETE "/users/{uid}", FullAccess, user::lifecycle::delete),

    operation!("create-authtoken", POST "/users/{uid}/auth_tokens", AnyKey, user::auth_token::create),
    operation!("list-authtokens", GET "/users/{uid}/auth_tokens", FullAccess, user::auth_token::list),
    operation!("flush-authtokens", DELETE "/users/{uid}/auth_tokens", FullAccess, user::auth_token::flush),
    operation!("get-authtoken", GET "/users/{uid}/auth_tokens/{authToken}", FullAccess, user::auth_token::get),
    operation!("delete-authtoken", DELETE "/users/{uid}/auth_tokens/{authToken}", FullAccess, user::auth_token::delete),

    operation!("add-friend", POST "/users/{uid}/friends", FullAccess, user::friend::add),
    operation!("list-all-friends", GET "/users/{uid}/friends", FullAccess, user::friend::list),
    operation!("remove-friend", DELETE "/users/{uid}/friends", FullAccess, user::friend::remove),

    operation!("block-users", POST "/users/{uid}/blockedusers", Asks(&["BlockUser"]), user::blocked::block),
    operation!("unblock-users", DELETE "/users/{uid}/blockedusers", Asks(&["UnblockUser"]), user::blocked::unblock),
    operation!("list-blocked-users", GET "/users/{uid}/blockedusers", Asks(&["ListBlockedUsers"]), user::blocked::list),
    operation!("block-users", POST "/blockedusers", User(&["BlockUser"]), user::blocked::block),
    operation!("unblock-users", DELETE "/blockedusers", User(&["UnblockUser"]), user::blocked::unblock),
    operation!("list-blocked-users", GET "/blockedusers", User(&["ListBlockedUsers"]), user::blocked::list),

    operation!("get-my-details", GET "/me", User(&["GetMyDetails"]), user::me::get),
    operation!("update-my-session", PUT "/me", User(&["UpdateAuthToken", "EditProfile", "GetMyDetails"]), user::me::update),
    operation!("logout", DELETE "/me", User(&["Logout"]), user::me::logout),
    operation!("list-my-permissions", GET "/me/permissions", User(&[]), user::capability::mine),
    operation!("list-settings", GET "/settings", Asks(&["ListSettings"]), user::me::settings),
];
