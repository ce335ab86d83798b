//! Reading ahead for a batch.
//!
//! A large world lies in no cache. A question alone waits for memory several times, one after the other, for what it reads next hangs on
//! what it has read. A batch knows beforehand where all of its questions will look: it reads a word of each place, none of which waits for
//! another, and memory answers many of them at once. Then it decides, and finds everything at hand.

use std::hint::black_box;

use arrayvec::ArrayVec;

use crate::question::{Ask, Question};
use crate::world::Sight;

/// Questions that are read ahead for at once: what they touch fits into the nearest cache.
pub(crate) const TOGETHER: usize = 64;

/// Reads ahead for questions in handles.
#[inline]
pub(crate) fn for_asks(sight: Sight<'_>, asks: &[Ask]) {
    let touched = asks.iter().filter_map(|ask| Some(sight.touch(ask.subject.index, ask.channel?.index)));
    black_box(touched.fold(0, |read, word| read ^ word));
}

/// Reads ahead for questions in names: first where the names are listed, then what they name.
#[inline]
pub(crate) fn for_questions(sight: Sight<'_>, questions: &[Question<'_>]) {
    let names = questions.iter().map(|Question { subject, resource, .. }| {
        let channel = if resource.kind == "channel" { Some(resource.id) } else { resource.channel };
        sight.places(subject.user, channel.unwrap_or_default())
    });
    let places: ArrayVec<_, TOGETHER> = names.take(TOGETHER).collect();
    black_box(places.iter().fold(0, |read, places| read ^ sight.touch_places(places)));
    let touched = places.iter().filter_map(|places| {
        let (user, channel) = sight.likely(places)?;
        Some(sight.touch(user, channel))
    });
    black_box(touched.fold(0, |read, word| read ^ word));
}
