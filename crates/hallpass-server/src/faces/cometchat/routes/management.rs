//! Roles, permissions, restricted features, users, friends, blocked users, auth tokens.

use crate::faces::cometchat::operation::Gate::FullAccess;
use crate::faces::cometchat::operation::Operation;
use crate::faces::cometchat::role;

#[rustfmt::skip]
pub(super) static OPERATIONS: &[Operation] = &[
    operation!("create-role", POST "/roles", FullAccess, role::create),
    operation!("list-roles", GET "/roles", FullAccess, role::list),
    operation!("get-role", GET "/roles/{role}", FullAccess, role::get),
    operation!("update-role", PUT "/roles/{role}", FullAccess, role::update),
    operation!("delete-role", DELETE "/roles/{role}", FullAccess, role::delete),
];
