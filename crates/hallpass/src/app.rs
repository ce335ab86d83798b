//! One app: a profile, a world, and questions about it.

use std::collections::BTreeMap;

use crate::change::{Change, Channel, ChannelType, Client, CustomPermission, Grant, Level, Member, Relation, Settings, Token, User};
use crate::check::capabilities::{Capabilities, action_handle, capabilities};
use crate::check::explain::{Explanation, explain};
use crate::check::{Answer, ahead, ask, check};
use crate::decision::Decision;
use crate::id::{Revision, Timestamp};
use crate::profile::Profile;
use crate::question::{ActionHandle, Ask, ChannelHandle, Question, Resource, Subject, SubjectHandle};
use crate::validate::{ChangeError, Validator};
use crate::view::{self, PermissionView, RoleView};
use crate::world::{Sight, World};

/// Questions of a batch that are answered at one revision together. More are answered in parts, so that no batch keeps writers waiting.
const BATCH_TOGETHER: usize = 1024;

/// One tenant: its policy and facts, and the questions that they answer. Share it (`Arc<App>`): a check takes no lock and tries again in the
/// moment of a change's stores; a batch, an explanation or a set of capabilities that is overtaken again and again takes its turn among writers.
#[derive(Debug)]
pub struct App {
    profile: Profile,
    world: World,
}

impl App {
    /// An app with the profile's built-in roles and default grants, and no facts.
    pub fn new(profile: Profile) -> Self {
        Self { world: World::new(profile.base()), profile }
    }

    /// The profile.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The last change that questions see.
    pub fn revision(&self) -> Revision {
        self.world.revision()
    }

    /// Whether changes may be made, in this order, each seeing those before it.
    ///
    /// # Errors
    /// The first fault, with the field, the value and what was expected.
    pub fn validate(&self, changes: &[Change]) -> Result<(), ChangeError> {
        let writer = self.world.writer();
        self.validated(&writer, changes)
    }

    fn validated(&self, writer: &crate::world::Writer, changes: &[Change]) -> Result<(), ChangeError> {
        self.world.read(|sight| {
            let mut validator = Validator::new(sight, writer);
            changes.iter().try_for_each(|change| validator.take(change))
        })
    }

    /// Makes changes: all of them, or none.
    ///
    /// # Errors
    /// As [`Self::validate`]; then nothing has changed.
    pub fn apply(&self, changes: &[Change]) -> Result<Revision, ChangeError> {
        let mut writer = self.world.writer();
        self.validated(&writer, changes)?;
        let revision = self.world.revision().next();
        self.world.apply(&mut writer, revision, changes);
        Ok(revision)
    }

    /// Makes changes that are decided already: validated and durable, or read back from a store. What they name and the profile does not
    /// know (any more) is left out, and grants nothing.
    pub fn apply_committed(&self, revision: Revision, changes: &[Change]) {
        let mut writer = self.world.writer();
        self.world.apply(&mut writer, revision, changes);
    }

    /// May this subject perform this action on this resource? Allocates nothing, and takes no lock.
    pub fn check(&self, question: &Question<'_>) -> Decision {
        Decision::of(self.world.read(|sight| check(sight, question)))
    }

    /// Answers many questions; up to 1,024 of them at one revision.
    pub fn check_batch(&self, questions: &[Question<'_>]) -> Vec<Decision> {
        self.together(questions, ahead::for_questions, check)
    }

    /// Like [`Self::check`], for names that were resolved before. The quickest way to ask.
    pub fn ask(&self, question: &Ask) -> Decision {
        Decision::of(self.world.read(|sight| ask(sight, question)))
    }

    /// Like [`Self::check_batch`], for names that were resolved before.
    pub fn ask_batch(&self, questions: &[Ask]) -> Vec<Decision> {
        self.together(questions, ahead::for_asks, ask)
    }

    #[inline]
    fn together<Q>(
        &self,
        questions: &[Q],
        read_ahead: impl Fn(Sight<'_>, &[Q]),
        answer: impl Fn(Sight<'_>, &Q) -> Answer,
    ) -> Vec<Decision> {
        let mut decisions = Vec::with_capacity(questions.len());
        for part in questions.chunks(BATCH_TOGETHER) {
            let before = decisions.len();
            self.world.read_long(|sight| {
                // A writer may have come between: then all of this part is asked again.
                decisions.truncate(before);
                for group in part.chunks(ahead::TOGETHER) {
                    if group.len() > 1 {
                        read_ahead(sight, group);
                    }
                    decisions.extend(group.iter().map(|question| Decision::of(answer(sight, question))));
                }
            });
        }
        decisions
    }

    /// The decision with all that was looked at, and what would change it.
    pub fn explain(&self, question: &Question<'_>) -> Explanation {
        self.world.read_long(|sight| explain(sight, question))
    }

    /// What a subject may do in a channel: the whole set at once.
    pub fn capabilities(&self, subject: &Subject<'_>, channel: &Resource<'_>, now: Timestamp) -> Capabilities {
        self.world.read_long(|sight| capabilities(sight, subject, channel, now))
    }

    /// The handle of a user. It means this user until the user is removed; whoever takes the id then gets another.
    pub fn subject(&self, id: &str) -> Option<SubjectHandle> {
        let index = self.world.read(|sight| sight.user_index(id).filter(|index| sight.user(*index).present))?;
        Some(SubjectHandle { app: self.world.instance, index })
    }

    /// The handle of a channel, `type:id`. It means this channel until it is removed.
    pub fn channel_handle(&self, id: &str) -> Option<ChannelHandle> {
        let index = self.world.read(|sight| sight.channel_index(id).filter(|index| sight.channel(*index).present))?;
        Some(ChannelHandle { app: self.world.instance, index })
    }

    /// The handle of an action.
    pub fn action(&self, name: &str) -> Option<ActionHandle> {
        self.world.read(|sight| action_handle(sight.policy(), name))
    }

    /// The switches.
    pub fn settings(&self) -> Settings {
        self.world.read(|sight| sight.policy().source.settings)
    }

    /// A user, with the roles filled in.
    pub fn user(&self, id: &str) -> Option<User> {
        self.world.read(|sight| view::user(sight, id))
    }

    /// A channel, by `type:id`.
    pub fn channel(&self, id: &str) -> Option<Channel> {
        self.world.read(|sight| view::channel(sight, id))
    }

    /// A membership, with the roles filled in.
    pub fn member(&self, channel: &str, user: &str) -> Option<Member> {
        self.world.read(|sight| view::member(sight, channel, user))
    }

    /// A relation with the same kind and ends, with its expiry.
    pub fn relation(&self, wanted: &Relation) -> Option<Relation> {
        self.world.read(|sight| view::relation(sight, wanted))
    }

    /// A token.
    pub fn token(&self, id: &str) -> Option<Token> {
        self.world.read(|sight| view::token(sight, id))
    }

    /// A client.
    pub fn client(&self, id: &str) -> Option<Client> {
        self.world.read(|sight| view::client(sight, id))
    }

    /// All roles: built-in ones, then custom ones by name.
    pub fn roles(&self) -> Vec<RoleView> {
        let writer = self.world.writer();
        self.world.read(|sight| view::roles(sight, |role| writer.users_with(role)))
    }

    /// The grants at a level of a layer (the first if none is named), by role: what was put, else the defaults. `None`: no such level.
    pub fn grants(&self, layer: Option<&str>, level: &Level) -> Option<BTreeMap<String, Vec<Grant>>> {
        self.world.read(|sight| view::grants(sight.policy(), layer, level))
    }

    /// All channel types, by name.
    pub fn channel_types(&self) -> Vec<ChannelType> {
        self.world.read(|sight| sight.policy().source.channel_types.values().cloned().collect())
    }

    /// A channel type.
    pub fn channel_type(&self, name: &str) -> Option<ChannelType> {
        self.world.read(|sight| sight.policy().source.channel_types.get(name).cloned())
    }

    /// The permissions that the app made, by id.
    pub fn custom_permissions(&self) -> Vec<CustomPermission> {
        self.world.read(|sight| sight.policy().source.custom_permissions.values().cloned().collect())
    }

    /// A permission, built in or custom.
    pub fn permission(&self, id: &str) -> Option<PermissionView> {
        self.world.read(|sight| view::permission(sight.policy(), id))
    }

    /// The action of the catalogue most like an unknown name.
    pub fn nearest_action(&self, name: &str) -> Option<String> {
        let actions = self.profile.catalogue().actions.iter().map(|spec| spec.name.as_str());
        crate::suggest::nearest(name, actions).map(str::to_owned)
    }

    /// The permission most like an unknown id.
    pub fn nearest_permission(&self, id: &str) -> Option<String> {
        self.world.read(|sight| {
            let source = &sight.policy().source;
            let known = source
                .catalogue
                .permissions
                .iter()
                .map(|spec| spec.id.as_str())
                .chain(source.custom_permissions.keys().map(String::as_str));
            crate::suggest::nearest(id, known).map(str::to_owned)
        })
    }
}
