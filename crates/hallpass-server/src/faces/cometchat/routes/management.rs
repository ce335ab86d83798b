//! Roles, permissions, restricted features, users, friends, blocked users, auth tokens.

use crate::faces::cometchat::operation::Gate::FullAccess;
use crate::faces::cometchat::operation::Operation;
use crate::faces::cometchat::{permission, restricted_feature, role};

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
];
