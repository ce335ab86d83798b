//! A world of any size that is computed, not stored: who is a member of what follows from numbers.

use bench_dataset::{ACTIONS, Permissions, Question, Shape, SplitMix64, World, channel_name, team_name, user_name};
use hallpass::{Change, Channel, ChannelId, Member, User};

use crate::engines::policy;

/// Parts of the memberships: of ten million, so many channels of so many members. Then one channel of three quarters of all users.
const MIX: [(usize, usize); 5] = [(600_000, 2), (300_000, 8), (90_000, 30), (9_900, 200), (100, 9_900)];
const WHOLE: usize = 10_000_000;

/// The world.
pub(crate) struct Crowd {
    /// Policy, and the 1,000 sets of overrides of the small world, which channels here share.
    pub(crate) base: World,
    pub(crate) users: usize,
    /// For each kind of channel: the first channel, members of each.
    kinds: Vec<(usize, usize)>,
    pub(crate) channels: usize,
    pub(crate) memberships: usize,
    pool: Vec<usize>,
}

/// A channel's members: every `step`-th user from `start`.
#[derive(Clone, Copy)]
struct Stride {
    start: usize,
    step: usize,
    size: usize,
}

fn mixed(seed: u64, number: usize) -> u64 {
    SplitMix64::new(seed ^ (number as u64).wrapping_mul(0xd134_2543_de82_ef95)).next_u64()
}

impl Crowd {
    /// About so many memberships. Users are a tenth as many.
    pub(crate) fn new(memberships: usize) -> Self {
        let base = World::new(Shape::BASE);
        let users = memberships / 10;
        let (mut channels, mut total, mut kinds) = (0, 0, Vec::new());
        for (count, size) in MIX {
            let count = (count * memberships / WHOLE).max(1);
            kinds.push((channels, size.min(users)));
            channels += count;
            total += count * size.min(users);
        }
        let huge = users * 3 / 4;
        kinds.push((channels, huge));
        channels += 1;
        total += huge;
        let pool = (0..base.channels.len()).filter(|channel| base.channels[*channel].overrides.is_some()).collect();
        Self { base, users, kinds, channels, memberships: total, pool }
    }

    fn stride(&self, channel: usize) -> Stride {
        let size = self.kinds.iter().rev().find(|(first, _)| *first <= channel).map_or(0, |(_, size)| *size);
        let mut random = SplitMix64::new(mixed(1, channel));
        let start = random.below(self.users);
        // Prime to the number of users, which has only 2 and 5 as factors.
        let mut step = random.below(self.users) | 1;
        if step.is_multiple_of(5) {
            step += 2;
        }
        Stride { start, step, size }
    }

    fn member_at(&self, channel: usize, place: usize) -> usize {
        let Stride { start, step, .. } = self.stride(channel);
        ((start as u128 + place as u128 * step as u128) % self.users as u128) as usize
    }

    fn role_at(&self, channel: usize, place: usize) -> u16 {
        self.base.channel_member() + u16::from(mixed(2, channel.wrapping_mul(1_000_003) + place).is_multiple_of(10))
    }

    /// The role of a user in a channel, found by undoing the stride.
    pub(crate) fn member_role(&self, channel: usize, user: usize) -> Option<u16> {
        let Stride { start, step, size } = self.stride(channel);
        let distance = (user + self.users - start) % self.users;
        let place = (distance as u128 * inverse(step % self.users, self.users) as u128 % self.users as u128) as usize;
        (place < size).then(|| self.role_at(channel, place))
    }

    pub(crate) fn user_role(&self, user: usize) -> u16 {
        match mixed(3, user) % 100 {
            0..70 => 0,
            70..85 => 1,
            85..95 => 2,
            _ => 3,
        }
    }

    pub(crate) fn teams(&self, user: usize) -> u8 {
        let drawn = mixed(4, user);
        1 << (drawn % 8) | if drawn & 256 == 0 { 1 << ((drawn >> 16) % 8) } else { 0 }
    }

    pub(crate) fn channel_type(&self, channel: usize) -> usize {
        (mixed(5, channel) % self.base.types.len() as u64) as usize
    }

    pub(crate) fn team(&self, channel: usize) -> u8 {
        (mixed(6, channel) % 8) as u8
    }

    /// The channel of the small world whose overrides this one has.
    pub(crate) fn overrides(&self, channel: usize) -> Option<usize> {
        channel.is_multiple_of(10).then(|| self.pool[channel / 10 % self.pool.len()])
    }

    pub(crate) fn overridden(&self) -> usize {
        self.pool.len()
    }

    pub(crate) fn override_number(&self, channel: usize) -> Option<usize> {
        channel.is_multiple_of(10).then(|| channel / 10 % self.pool.len())
    }

    /// What a role holds in a channel of a type with those overrides.
    pub(crate) fn held(&self, channel_type: usize, overrides: Option<usize>, role: u16) -> Permissions {
        let base = self.base.grants[channel_type][usize::from(role)];
        let own = overrides.and_then(|channel| self.base.channels[channel].overrides.as_ref());
        let own = own.and_then(|overrides| overrides.roles.iter().find(|(overridden, ..)| *overridden == role));
        own.map_or(base, |(_, given, revoked)| Permissions((base.0 | given.0) & !revoked.0))
    }

    /// The rule, as in `bench_dataset`.
    pub(crate) fn allowed(&self, question: &Question) -> bool {
        use bench_dataset::Kind;
        let Question { user, channel, action, owner } = *question;
        let (user, channel) = (user as usize, channel as usize);
        [Some(self.user_role(user)), self.member_role(channel, user)].into_iter().flatten().any(|role| {
            let held = self.held(self.channel_type(channel), self.overrides(channel), role);
            held.has(action, Kind::Any)
                || held.has(action, Kind::Owner) && owner as usize == user
                || held.has(action, Kind::Team) && self.teams(user) >> self.team(channel) & 1 == 1
        })
    }

    pub(crate) fn channel_name(&self, channel: usize) -> String {
        channel_name(&self.base.types[self.channel_type(channel)], channel as u32)
    }

    /// All memberships: channel, user, role.
    pub(crate) fn members(&self) -> impl Iterator<Item = (usize, usize, u16)> + '_ {
        (0..self.channels).flat_map(move |channel| {
            let Stride { start, step, size } = self.stride(channel);
            let mut user = start;
            (0..size).map(move |place| {
                let member = (channel, user, self.role_at(channel, place));
                user = (user + step) % self.users;
                member
            })
        })
    }

    /// Half about a membership drawn from all of them, half about any user in any channel.
    pub(crate) fn questions(&self, count: usize) -> Vec<Question> {
        let mut random = SplitMix64::new(7);
        let mut sizes = Vec::new();
        for (at, (first, size)) in self.kinds.iter().enumerate() {
            let next = self.kinds.get(at + 1).map_or(self.channels, |(next, _)| *next);
            sizes.push((*first, *size, (next - first) * size));
        }
        (0..count)
            .map(|_| {
                let (channel, user) = if random.percent(50) {
                    let mut drawn = random.below(self.memberships);
                    let (first, size, _) = sizes
                        .iter()
                        .copied()
                        .find(|(_, _, total)| {
                            let here = drawn < *total;
                            if !here {
                                drawn -= total;
                            }
                            here
                        })
                        .unwrap_or((0, 1, 1));
                    let channel = first + drawn / size;
                    (channel, self.member_at(channel, drawn % size))
                } else {
                    (random.below(self.channels), random.below(self.users))
                };
                let action = random.below(ACTIONS);
                let owner = if random.percent(30) { user } else { random.below(self.users) };
                Question { user: user as u32, channel: channel as u32, action, owner: owner as u32 }
            })
            .collect()
    }

    pub(crate) fn user_put(&self, user: usize) -> Change {
        let teams = self.teams(user);
        Change::UserPut(User {
            id: user_name(user as u32),
            roles: vec![self.base.roles[usize::from(self.user_role(user))].clone()],
            teams: (0..8u8).filter(|team| teams >> team & 1 == 1).map(team_name).collect(),
            ..User::default()
        })
    }

    pub(crate) fn channel_put(&self, channel: usize) -> anyhow::Result<Change> {
        let overrides = self.overrides(channel).and_then(|channel| self.base.channels[channel].overrides.as_ref());
        Ok(Change::ChannelPut(Channel {
            team: Some(team_name(self.team(channel))),
            modifiers: overrides.map(|overrides| policy::modifiers(&self.base, overrides)).unwrap_or_default(),
            ..Channel::new(self.channel_name(channel).parse()?)
        }))
    }

    pub(crate) fn member_put(&self, channel: &ChannelId, user: usize, role: u16) -> Change {
        let roles = vec![self.base.roles[usize::from(role)].clone()];
        Change::MemberPut(Member { channel: channel.clone(), user: user_name(user as u32), roles, invited: false })
    }

    /// All facts in parts of a size, users first, then channels, then memberships.
    pub(crate) fn each_part(&self, size: usize, mut each: impl FnMut(Part, &[Change]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mut part = Vec::with_capacity(size);
        for user in 0..self.users {
            part.push(self.user_put(user));
            if part.len() == size {
                each(Part::People, &std::mem::take(&mut part))?;
            }
        }
        for channel in 0..self.channels {
            part.push(self.channel_put(channel)?);
            if part.len() == size {
                each(Part::People, &std::mem::take(&mut part))?;
            }
        }
        each(Part::People, &std::mem::take(&mut part))?;
        let mut last: Option<(usize, ChannelId)> = None;
        for (channel, user, role) in self.members() {
            if last.as_ref().is_none_or(|(number, _)| *number != channel) {
                last = Some((channel, self.channel_name(channel).parse()?));
            }
            if let Some((_, id)) = &last {
                part.push(self.member_put(id, user, role));
            }
            if part.len() == size {
                each(Part::Members, &std::mem::take(&mut part))?;
            }
        }
        each(Part::Members, &part)
    }
}

/// What a part of the facts is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Users and channels.
    People,
    /// Memberships.
    Members,
}

/// The number that undoes multiplication by `number`, modulo `modulus`; they have no common factor.
fn inverse(number: usize, modulus: usize) -> usize {
    let (mut rest, mut next) = (modulus as i128, number as i128);
    let (mut factor, mut next_factor) = (0i128, 1i128);
    while next != 0 {
        let quotient = rest / next;
        (rest, next) = (next, rest - quotient * next);
        (factor, next_factor) = (next_factor, factor - quotient * next_factor);
    }
    factor.rem_euclid(modulus as i128) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn membership_computed_backwards_is_membership_listed() {
        let crowd = Crowd::new(10_000);
        let listed: HashMap<(usize, usize), u16> = crowd.members().map(|(channel, user, role)| ((channel, user), role)).collect();
        assert_eq!(listed.len(), crowd.memberships, "no membership is listed twice");
        for channel in 0..crowd.channels {
            for user in 0..crowd.users {
                assert_eq!(crowd.member_role(channel, user), listed.get(&(channel, user)).copied());
            }
        }
    }

    #[test]
    fn half_of_the_questions_and_more_are_of_members() {
        let crowd = Crowd::new(100_000);
        let questions = crowd.questions(10_000);
        let members = questions.iter().filter(|question| crowd.member_role(question.channel as usize, question.user as usize).is_some());
        assert!((5_000..6_000).contains(&members.count()));
    }
}
