//! What a grant itself demands, compiled: `friends` and `one_of`.

use crate::change::OneOf;

/// Where the values of an attribute come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Attribute {
    /// The subject's channel roles.
    SubjectScope,
    /// The user roles of the user who is the resource.
    ResourceRole,
    /// The channel roles of the user who is the resource.
    ResourceScope,
    /// An attribute of the subject, kept as a fact or brought by the question.
    Subject {
        /// The whole name, as the question spells it.
        full: Box<str>,
        /// The name without `subject.`.
        name: Box<str>,
    },
    /// Brought by the question.
    Asked(Box<str>),
}

impl From<&str> for Attribute {
    fn from(name: &str) -> Self {
        match name {
            "subject.scope" => Self::SubjectScope,
            "resource.role" => Self::ResourceRole,
            "resource.scope" => Self::ResourceScope,
            _ => match name.strip_prefix("subject.") {
                Some(short) => Self::Subject { full: name.into(), name: short.into() },
                None => Self::Asked(name.into()),
            },
        }
    }
}

/// A compiled [`OneOf`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CompiledOneOf {
    pub(crate) attribute: Attribute,
    pub(crate) values: Box<[Box<str>]>,
    pub(crate) except: bool,
    pub(crate) if_present: bool,
}

impl From<&OneOf> for CompiledOneOf {
    fn from(source: &OneOf) -> Self {
        Self {
            attribute: source.attribute.as_str().into(),
            values: source.values.iter().map(|value| value.as_str().into()).collect(),
            except: source.except,
            if_present: source.if_present,
        }
    }
}

/// All demands of one grant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Demands {
    pub(crate) friends: bool,
    pub(crate) one_of: Box<[CompiledOneOf]>,
}

impl Demands {
    pub(crate) fn new(friends: bool, one_of: &[OneOf]) -> Self {
        Self { friends, one_of: one_of.iter().map(CompiledOneOf::from).collect() }
    }

    pub(crate) fn is_none(&self) -> bool {
        !self.friends && self.one_of.is_empty()
    }
}
