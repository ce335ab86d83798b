//! Hallpass, asked in each of its ways.

use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;

use anyhow::Context;
use bench_dataset::{Engine, Question as Asked, World, action_name, user_name};
use hallpass::{App, Ask, Extent, Owner, Question, Resource, Subject, Timestamp};

use super::policy::app;
use super::{Allowed, Named, for_all_actions, wrong_capabilities};

/// Questions of a batch.
const BATCH: usize = 100;
/// When all questions are asked.
pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_700_000_000_000);

/// `App::ask`: names were resolved before.
pub(crate) struct Handles {
    pub(crate) app: Arc<App>,
    pub(crate) asked: Vec<Ask>,
}

/// The questions as handles.
pub(crate) fn asks(app: &App, asked: &[Asked], channel_name: impl Fn(u32) -> String) -> anyhow::Result<Vec<Ask>> {
    let handle = |question: &Asked| {
        Some(Ask {
            subject: app.subject(&user_name(question.user))?,
            action: app.action(&action_name(question.action))?,
            channel: Some(app.channel_handle(&channel_name(question.channel))?),
            owner: Owner::User(app.subject(&user_name(question.owner))?),
            now: NOW,
        })
    };
    asked.iter().map(handle).collect::<Option<_>>().context("the app does not know what the world holds")
}

impl Engine for Handles {
    fn load(world: &World, asked: &[Asked]) -> anyhow::Result<Self> {
        let app = app(world)?;
        let asked = asks(&app, asked, |channel| world.channel_name(channel))?;
        Ok(Self { app: Arc::new(app), asked })
    }

    fn allowed(&mut self, question: usize) -> bool {
        self.app.ask(&self.asked[question]).allowed
    }
}

/// `App::ask_batch`, 100 at a time.
pub(crate) struct HandleBatches(pub(crate) Handles);

impl Engine for HandleBatches {
    fn load(world: &World, asked: &[Asked]) -> anyhow::Result<Self> {
        Handles::load(world, asked).map(Self)
    }

    fn allowed(&mut self, question: usize) -> bool {
        self.0.app.ask_batch(&self.0.asked[question..=question])[0].allowed
    }

    fn pass(&mut self, range: Range<usize>) -> usize {
        let batches = self.0.asked[range].chunks(BATCH);
        batches.map(|batch| black_box(self.0.app.ask_batch(black_box(batch))).iter().filter(|decision| decision.allowed).count()).sum()
    }
}

/// `App::check`: names as they come from outside.
pub(crate) struct Strings {
    pub(crate) app: Arc<App>,
    pub(crate) asked: Vec<Named>,
}

impl Named {
    fn question(&self) -> Question<'_> {
        Question::new(&self.user, &self.action, Resource::message("m-1", &self.channel).owned_by(&self.owner)).at(NOW)
    }
}

impl Engine for Strings {
    fn load(world: &World, asked: &[Asked]) -> anyhow::Result<Self> {
        Ok(Self { app: Arc::new(app(world)?), asked: Named::all(world, asked) })
    }

    fn allowed(&mut self, question: usize) -> bool {
        self.app.check(&self.asked[question].question()).allowed
    }
}

/// `App::check_batch`, 100 at a time.
pub(crate) struct StringBatches(pub(crate) Strings);

impl Engine for StringBatches {
    fn load(world: &World, asked: &[Asked]) -> anyhow::Result<Self> {
        Strings::load(world, asked).map(Self)
    }

    fn allowed(&mut self, question: usize) -> bool {
        self.0.app.check_batch(&[self.0.asked[question].question()])[0].allowed
    }

    fn pass(&mut self, range: Range<usize>) -> usize {
        let mut allowed = 0;
        let mut batch = Vec::with_capacity(BATCH);
        for part in self.0.asked[range].chunks(BATCH) {
            batch.clear();
            batch.extend(part.iter().map(Named::question));
            allowed += black_box(self.0.app.check_batch(black_box(&batch))).iter().filter(|decision| decision.allowed).count();
        }
        allowed
    }
}

/// `App::capabilities`.
pub(crate) struct WholeSets {
    strings: Strings,
    actions: Vec<String>,
}

impl WholeSets {
    fn capabilities(&self, question: usize) -> hallpass::Capabilities {
        let Named { user, channel, .. } = &self.strings.asked[question];
        self.strings.app.capabilities(&Subject::user(user), &Resource::channel(channel), NOW)
    }
}

impl Engine for WholeSets {
    fn load(world: &World, asked: &[Asked]) -> anyhow::Result<Self> {
        Ok(Self { strings: Strings::load(world, asked)?, actions: (0..bench_dataset::ACTIONS).map(action_name).collect() })
    }

    fn allowed(&mut self, question: usize) -> bool {
        black_box(self.capabilities(question)).refused.is_none()
    }

    fn wrong(&mut self, world: &World, asked: &[Asked]) -> usize {
        wrong_capabilities(world, asked, |question| -> Allowed {
            let capabilities = self.capabilities(question);
            for_all_actions(|action, own| match capabilities.extent(&self.actions[action]) {
                Extent::Any => true,
                Extent::Own => own,
                Extent::None => false,
            })
        })
    }
}

/// `App::explain`.
pub(crate) struct Explained(Strings);

impl Engine for Explained {
    fn load(world: &World, asked: &[Asked]) -> anyhow::Result<Self> {
        Strings::load(world, asked).map(Self)
    }

    fn allowed(&mut self, question: usize) -> bool {
        black_box(self.0.app.explain(&self.0.asked[question].question())).decision.allowed
    }
}
