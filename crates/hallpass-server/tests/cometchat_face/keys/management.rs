//! Keys of users, friends and blocks.

use super::{MODE, Row, WORD};

const ROBOTS: [&str; 2] = ["[]", r#"["robot"]"#];

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    Row::of("role", "listUsers", WORD, "GET /users", ""),
    Row::of("role", "listUsers.mode", MODE, "GET /users", ""),
    Row::of("role", "listUsers.allowedRoles", ROBOTS, "GET /users", ""),
    Row::of("role", "getUserDetails", WORD, "GET /users/rob", ""),
    Row::of("role", "getUserDetails.mode", MODE, "GET /users/rob", ""),
    Row::of("role", "getUserDetails.allowedRoles", ROBOTS, "GET /users/fay", ""),
    Row::of("role", "blockUser", WORD, "POST /blockedusers", r#"{"blockedUids": ["rob"]}"#),
    Row::of("role", "blockUser.allowedRoles", ROBOTS, "POST /blockedusers", r#"{"blockedUids": ["fay"]}"#),
    Row::of("role", "listBlockedUser", WORD, "GET /blockedusers", ""),
    Row::of("role", "listBlockedUser.allowedRoles", ROBOTS, "GET /blockedusers", ""),
    Row::of("role", "unblockedUser", WORD, "DELETE /blockedusers", r#"{"blockedUids": ["mona"]}"#),
    Row::of("role", "unblockedUser.allowedRoles", ROBOTS, "DELETE /blockedusers", r#"{"blockedUids": ["mona"]}"#),
    Row::of("role", "editProfile", WORD, "PUT /me", r#"{"name": "Tessa"}"#),
];
