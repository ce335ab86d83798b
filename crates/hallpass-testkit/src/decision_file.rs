//! A decision file: a policy, facts, and questions with the answers that are expected. The format is described in `corpus/README.md`.

mod forms;
mod moment;
mod questions;
mod world;

use std::fmt;
use std::path::{Path, PathBuf};

use hallpass::{Catalogue, Change, Reason, Timestamp};

use crate::catalogues;
use crate::owned_question::{OwnedQuestion, OwnedSubject};
use world::FileForm;

/// A decision file, lowered to changes and questions.
#[derive(Debug, Clone)]
pub struct DecisionFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// The profile: `stream`, `cometchat`, `livechat`, or the path of a catalogue as the file writes it.
    pub profile: String,
    /// The catalogue of the profile.
    pub catalogue: Catalogue,
    /// What the file shows.
    pub about: String,
    /// The time of questions that bring none.
    pub now: Timestamp,
    /// The policy and the facts, in an order that can be applied to an empty app.
    pub changes: Vec<Change>,
    /// The questions.
    pub expectations: Vec<Expectation>,
}

/// A question and its expected answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The line of the file at which its entry begins.
    pub line: u64,
    /// Why it should come out so; may be empty.
    pub note: String,
    /// The question.
    pub question: OwnedQuestion,
    /// The answer.
    pub expected: Expected,
}

/// What a decision says, apart from its revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// Whether the action may be performed.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
}

impl Expected {
    /// The verdict that goes with a reason.
    pub fn because(reason: Reason) -> Self {
        Self { allowed: Self::is_allowing(reason), reason }
    }

    pub(crate) fn is_allowing(reason: Reason) -> bool {
        matches!(reason, Reason::Granted | Reason::ServerKey | Reason::ChecksDisabled | Reason::NoPermissionNeeded)
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", if self.allowed { "allowed" } else { "refused" }, self.reason)
    }
}

/// Why a decision file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DecisionFileError {
    /// The file, or the catalogue that it names, cannot be read.
    #[error("{path}: {source}", path = .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not of the format.
    #[error("{path}: {problem}", path = .path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with its place.
        problem: String,
    },
    /// An entry of `expect` makes no sense.
    #[error("{path}:{line}: {problem}", path = .path.display())]
    Expect {
        /// Which file.
        path: PathBuf,
        /// Line of the entry.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// The profile is none of the built-in ones, and not the path of a catalogue.
    #[error("{path}: profile '{profile}': {problem}", path = .path.display())]
    Profile {
        /// Which file.
        path: PathBuf,
        /// The profile as written.
        profile: String,
        /// What is wrong.
        problem: String,
    },
}

impl DecisionFile {
    /// Reads a decision file.
    ///
    /// # Errors
    /// When it cannot be read, or is not of the format; the error names the line.
    pub fn load(path: &Path) -> Result<Self, DecisionFileError> {
        let text = std::fs::read_to_string(path).map_err(|source| DecisionFileError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    /// Reads a decision file from its text; `path` serves for errors and to find a catalogue beside it.
    ///
    /// # Errors
    /// When the text is not of the format; the error names the line.
    pub fn parse(path: &Path, text: &str) -> Result<Self, DecisionFileError> {
        let form: FileForm = serde_saphyr::from_str_with_options(text, serde_saphyr::options! { strict_booleans: true })
            .map_err(|error| DecisionFileError::Malformed { path: path.to_owned(), problem: error.to_string() })?;
        let catalogue = catalogues::find(&form.profile, path.parent()).map_err(|problem| DecisionFileError::Profile {
            path: path.to_owned(),
            profile: form.profile.clone(),
            problem,
        })?;
        let now = form.now.0;
        let (mut file, entries) = form.lower(path, catalogue);
        for entry in entries {
            let line = entry.referenced.line();
            let expectations = entry.value.expectations(line, now).map_err(|problem| DecisionFileError::Expect {
                path: path.to_owned(),
                line,
                problem,
            })?;
            file.expectations.extend(expectations);
        }
        Ok(file)
    }

    /// The file's name without its ending, such as `stream_teams`.
    pub fn name(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Expectation {
    /// A line for people: where it stands, who asks what, and why it matters.
    pub fn title(&self, file: &DecisionFile) -> String {
        let question = &self.question;
        let who = match &question.subject {
            OwnedSubject { is_app: true, .. } => "the app",
            OwnedSubject { user, .. } if user.is_empty() => "somebody",
            OwnedSubject { user, .. } => user,
        };
        let what = format!("{} {}", question.resource.kind, question.resource.id);
        let place = question.resource.channel.as_ref().map(|channel| format!(" in {channel}")).unwrap_or_default();
        let note = if self.note.is_empty() { String::new() } else { format!(" ({})", self.note) };
        format!("{}:{}: {who} {} {}{place}{note}", file.path.display(), self.line, question.action, what.trim_end())
    }
}
