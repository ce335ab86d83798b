//! The one table from what went wrong to CometChat's error answers: code, HTTP status, text.
//!
//! A body is `{"error": {"code", "message", "devMessage", "source", "details"?}}`; `details` maps fields to lists of what is wrong with
//! each. Refusals, and input that names something unknown, have an object `hallpass` besides, with what the vendor does not tell.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $status:ident,)*) => {
        /// What went wrong, by the names of the vendor's error guide.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Code {
            $($(#[$doc])* #[doc = $code] $name,)*
        }

        impl Code {
            /// The vendor's name.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status that goes with it.
            pub(super) const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }
        }
    };
}

codes! {
    EmptyAppId = "AUTH_ERR_EMPTY_APPID" BAD_REQUEST,
    InvalidAppId = "AUTH_ERR_INVALID_APPID" NOT_FOUND,
    EmptyApiKey = "AUTH_ERR_EMPTY_APIKEY" UNAUTHORIZED,
    ApiKeyNotFound = "AUTH_ERR_APIKEY_NOT_FOUND" UNAUTHORIZED,
    NoAccess = "AUTH_ERR_NO_ACCESS" FORBIDDEN,
    EmptyAuthToken = "AUTH_ERR_EMPTY_AUTH_TOKEN" UNAUTHORIZED,
    WrongAuthToken = "AUTH_ERR_AUTH_TOKEN_NOT_FOUND" UNAUTHORIZED,
    AuthTokenNotFound = "ERR_AUTH_TOKEN_NOT_FOUND" NOT_FOUND,
    QuotaRestriction = "ERR_PLAN_QUOTA_RESTRICTION" FORBIDDEN,
    PermissionDenied = "ERR_PERMISSION_DENIED" FORBIDDEN,
    /// Of one key, in the answer to a call that sets several; the name is ours.
    PermissionNotFound = "ERR_PERMISSION_NOT_FOUND" NOT_FOUND,
    RoleNotFound = "ERR_ROLE_NOT_FOUND" NOT_FOUND,
    RoleAlreadyExists = "ERR_ROLE_ALREADY_EXISTS" CONFLICT,
    RoleDeleteDenied = "ERR_ROLE_DELETE_DENIED" FORBIDDEN,
    UidNotFound = "ERR_UID_NOT_FOUND" NOT_FOUND,
    UidAlreadyExists = "ERR_UID_ALREADY_EXISTS" CONFLICT,
    GuidNotFound = "ERR_GUID_NOT_FOUND" NOT_FOUND,
    GuidAlreadyExists = "ERR_GUID_ALREADY_EXISTS" CONFLICT,
    GroupNotJoined = "ERR_GROUP_NOT_JOINED" FORBIDDEN,
    NotAMember = "ERR_NOT_A_MEMBER" FORBIDDEN,
    AlreadyJoined = "ERR_ALREADY_JOINED" CONFLICT,
    EmptyGroupPass = "ERR_EMPTY_GROUP_PASS" BAD_REQUEST,
    WrongGroupPass = "ERR_WRONG_GROUP_PASS" FORBIDDEN,
    GroupJoinNotAllowed = "ERR_GROUP_JOIN_NOT_ALLOWED" FORBIDDEN,
    OwnerExitForbidden = "ERR_OWNER_EXIT_FORBIDDEN" FORBIDDEN,
    SameScope = "ERR_SAME_SCOPE" CONFLICT,
    GroupNoClearance = "ERR_GROUP_NO_CLEARANCE" FORBIDDEN,
    GroupNoAdminScope = "ERR_GROUP_NO_ADMIN_SCOPE" FORBIDDEN,
    GroupNoModeratorScope = "ERR_GROUP_NO_MODERATOR_SCOPE" FORBIDDEN,
    GroupNoScopeClearance = "ERR_GROUP_NO_SCOPE_CLEARANCE" FORBIDDEN,
    GroupNoSelfAction = "ERR_GROUP_NO_SELF_ACTION" FORBIDDEN,
    AlreadyBanned = "ERR_ALREADY_BANNED" CONFLICT,
    NotABannedUser = "ERR_NOT_A_BANNED_USER" BAD_REQUEST,
    BannedGroupMember = "ERR_BANNED_GROUPMEMBER" FORBIDDEN,
    AlreadyFriend = "ERR_ALREADY_FRIEND" CONFLICT,
    NotAFriend = "ERR_NOT_A_FRIEND" BAD_REQUEST,
    SelfRelation = "ERR_CANNOT_FORM_SELF_RELATION" BAD_REQUEST,
    BlockSelf = "ERR_CANNOT_BLOCK_SELF" BAD_REQUEST,
    BlockedReceiver = "ERR_BLOCKED_RECEIVER" FORBIDDEN,
    EmptyReceiver = "ERR_EMPTY_RECEIVER" BAD_REQUEST,
    InvalidReceiverType = "ERR_INVALID_RECEIVER_TYPE" BAD_REQUEST,
    InvalidMessageCategory = "ERR_INVALID_MESSAGE_CATEGORY" BAD_REQUEST,
    InvalidMessageType = "ERR_INVALID_MESSAGE_TYPE" BAD_REQUEST,
    EmptyMessageText = "ERR_EMPTY_MESSAGE_TEXT" BAD_REQUEST,
    EmptyMessageFile = "ERR_EMPTY_MESSAGE_FILE" BAD_REQUEST,
    EmptyCustomData = "ERR_EMPTY_CUSTOM_DATA" BAD_REQUEST,
    MessageIdNotFound = "ERR_MESSAGE_ID_NOT_FOUND" NOT_FOUND,
    MessageNotASender = "ERR_MESSAGE_NOT_A_SENDER" FORBIDDEN,
    MessageActionNotAllowed = "ERR_MESSAGE_ACTION_NOT_ALLOWED" FORBIDDEN,
    MessageThreadNesting = "ERR_MESSAGE_THREAD_NESTING" BAD_REQUEST,
    /// The name is ours.
    ReactionNotFound = "ERR_REACTION_NOT_FOUND" NOT_FOUND,
    ConversationNotFound = "ERR_CONVERSATION_NOT_FOUND" NOT_FOUND,
    ConversationNotAccessible = "ERR_CONVERSATION_NOT_ACCESSIBLE" FORBIDDEN,
    CallSessionNotFound = "ERR_CALL_SESSION_NOT_FOUND" NOT_FOUND,
    CallTerminated = "ERR_CALL_TERMINATED" CONFLICT,
    CallingSelf = "ERR_CALLING_SELF" BAD_REQUEST,
    BadRequest = "ERR_BAD_REQUEST" BAD_REQUEST,
    TooLarge = "ERR_REQUEST_TOO_LARGE" PAYLOAD_TOO_LARGE,
    ApiNotFound = "ERR_API_NOT_FOUND" NOT_FOUND,
    InvalidApiVersion = "ERR_INVALID_API_VERSION" NOT_FOUND,
    Exception = "ERR_EXCEPTION" INTERNAL_SERVER_ERROR,
}

/// An answer that is not a success.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CometError {
    /// What, by name.
    pub(super) code: Code,
    /// In words.
    pub(super) message: String,
    /// Field → what is wrong with it.
    details: Vec<(String, String)>,
    /// What Hallpass tells besides. Boxed, so that the usual `Result` stays small.
    hallpass: Option<Box<Map<String, Value>>>,
}

impl CometError {
    /// An error of any code. `message` is a sentence.
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new(), hallpass: None }
    }

    /// The request is wrong as a whole.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, message)
    }

    /// One field of the request is wrong. `problem` is a sentence that names the field.
    pub(super) fn field(field: &str, problem: impl Into<String>) -> Self {
        Self {
            details: vec![(field.to_owned(), problem.into())],
            ..Self::bad_request("Failed to validate the data sent with the request.")
        }
    }

    /// There is no user of this id, or none that is active.
    pub(super) fn no_user(uid: &str) -> Self {
        Self::new(Code::UidNotFound, format!("The UID {uid} does not exist."))
    }

    /// There is no group of this id.
    pub(super) fn no_group(guid: &str) -> Self {
        Self::new(Code::GuidNotFound, format!("The GUID {guid} does not exist."))
    }

    /// There is no role of this id. `known` are those that there are.
    pub(super) fn no_role(role: &str, nearest: Option<&str>) -> Self {
        let error = Self::new(Code::RoleNotFound, format!("The role {role} does not exist."));
        match nearest {
            Some(nearest) => error.with("nearest", nearest),
            None => error,
        }
    }

    /// Something of ours broke. The cause goes to the log, not to the caller.
    pub(super) fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a CometChat operation failed");
        Self::new(Code::Exception, "Internal error.")
    }

    /// Adds what Hallpass tells besides.
    #[must_use]
    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.hallpass.get_or_insert_default().insert(key.to_owned(), value.into());
        self
    }

    /// The engine's reason, where this is a refusal.
    pub(super) fn reason(&self) -> Option<&str> {
        self.hallpass.as_ref()?.get("reason")?.as_str()
    }

    /// The same refusal under a more exact code of the vendor's.
    #[must_use]
    pub(super) fn recoded(self, code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), ..self }
    }

    /// What is wrong with the first field.
    #[cfg(test)]
    pub(super) fn problem(&self) -> &str {
        self.details.first().map_or(self.message.as_str(), |(_, problem)| problem)
    }

    /// `{code, message, devMessage, source, …}`: the body's `error`, and the error of one item of several.
    pub(super) fn object(&self) -> Value {
        let mut object = json!({
            "code": self.code.name(), "message": self.message, "devMessage": self.message, "source": "chat-api",
        });
        if let Some(object) = object.as_object_mut() {
            if !self.details.is_empty() {
                let mut details = Map::new();
                for (field, problem) in &self.details {
                    let problems = details.entry(field.as_str()).or_insert_with(|| json!([]));
                    problems.as_array_mut().into_iter().for_each(|problems| problems.push(Value::from(problem.as_str())));
                }
                object.insert("details".to_owned(), Value::Object(details));
            }
            if let Some(hallpass) = &self.hallpass {
                object.insert("hallpass".to_owned(), Value::Object((**hallpass).clone()));
            }
        }
        object
    }

    /// `{"success": false, "error": …}`: one item of several that failed.
    pub(super) fn item(&self) -> Value {
        json!({"success": false, "error": self.object()})
    }

    /// The answer's body.
    pub(super) fn body(&self) -> Value {
        json!({ "error": self.object() })
    }
}

/// Collects what is wrong with the fields of a request, so that one answer names all of them.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(String, String)>);

impl Faults {
    /// Takes a field: its value, or nothing and a note of the fault.
    pub(super) fn take<T>(&mut self, field: Result<T, CometError>) -> Option<T> {
        match field {
            Ok(value) => Some(value),
            Err(error) => {
                self.0.extend(error.details);
                None
            }
        }
    }

    /// # Errors
    /// All faults in one, if there was any.
    pub(super) fn done(self) -> Result<(), CometError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self.0.iter().map(|(field, _)| field.as_str()).collect();
        let text = format!("Failed to validate the data sent with the request: {}.", names.join(", "));
        Err(CometError { details: self.0, ..CometError::bad_request(text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_names_every_field() {
        let mut faults = Faults::default();
        assert_eq!(faults.take(Ok(7)), Some(7));
        assert_eq!(faults.take::<()>(Err(CometError::field("uid", "The uid field is required."))), None);
        assert_eq!(faults.take::<()>(Err(CometError::field("name", "The name field is required."))), None);
        let text = "Failed to validate the data sent with the request: uid, name.";
        assert_eq!(
            faults.done().unwrap_err().body(),
            json!({"error": {
                "code": "ERR_BAD_REQUEST", "message": text, "devMessage": text, "source": "chat-api",
                "details": {"uid": ["The uid field is required."], "name": ["The name field is required."]},
            }})
        );
    }
}
