//! Versions of the API, in order. Those of one generation share methods and names; the generation of 2018 has its own.

use std::fmt;

/// A version that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    /// The generation of February 2018.
    V0_6,
    /// December 2021; what `@livechat/lc-sdk-js` speaks.
    V3_4,
    /// 2022.
    V3_5,
    /// The stable one; what `lc-sdk-python` speaks unless told otherwise.
    V3_6,
    /// The preview.
    V3_7,
}

impl Version {
    /// All that are served, oldest first.
    pub(super) const ALL: [Self; 5] = [Self::V0_6, Self::V3_4, Self::V3_5, Self::V3_6, Self::V3_7];

    /// As it stands in paths, after the `v`.
    pub(super) const fn number(self) -> &'static str {
        match self {
            Self::V0_6 => "0.6",
            Self::V3_4 => "3.4",
            Self::V3_5 => "3.5",
            Self::V3_6 => "3.6",
            Self::V3_7 => "3.7",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.number())
    }
}
