//! What is asked, and the rule written down plainly.

use crate::role::ACTIONS;
use crate::{Kind, SplitMix64, World};

/// May this user do this in that channel, to something that somebody owns?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Who asks.
    pub user: u32,
    /// Where.
    pub channel: u32,
    /// What.
    pub action: usize,
    /// Whose.
    pub owner: u32,
}

impl Question {
    /// The rule: some role of the user, in the app or in the channel, holds the permission outright, or holds it for what one owns and the
    /// user owns it, or holds it for one's team and the channel is in a team of the user's.
    pub fn allowed(&self, world: &World) -> bool {
        let user_role = world.users[self.user as usize].role;
        let member_role = world.member_role(self.channel, self.user);
        [Some(user_role), member_role].into_iter().flatten().any(|role| {
            world.holds(self.channel, role, self.action, Kind::Any)
                || world.holds(self.channel, role, self.action, Kind::Owner) && self.owner == self.user
                || world.holds(self.channel, role, self.action, Kind::Team) && world.share_team(self.user, self.channel)
        })
    }
}

/// Questions about a world, drawn from seed 7: any channel, half of the users members, three in ten about what is their own.
pub fn questions(world: &World, count: usize) -> Vec<Question> {
    let mut random = SplitMix64::new(7);
    let mut drawn = Vec::with_capacity(count);
    for _ in 0..count {
        let channel = random.below(world.channels.len()) as u32;
        let members = &world.channels[channel as usize].members;
        let user = if random.percent(50) { members[random.below(members.len())].0 } else { random.below(world.users.len()) as u32 };
        let action = random.below(ACTIONS);
        let other = (user as usize + 1 + random.below(world.users.len() - 1)) % world.users.len();
        let owner = if random.percent(30) { user } else { other as u32 };
        drawn.push(Question { user, channel, action, owner });
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Shape;

    #[test]
    fn the_world_is_as_described() {
        let world = World::new(Shape::BASE);
        let questions = questions(&world, 65_536);
        assert_eq!(world.memberships(), 100_000);
        let share = |count: usize| count as f64 / questions.len() as f64;
        let allowed = share(questions.iter().filter(|question| question.allowed(&world)).count());
        let members = share(questions.iter().filter(|question| world.member_role(question.channel, question.user).is_some()).count());
        let own = share(questions.iter().filter(|question| question.owner == question.user).count());
        assert!((0.5..0.65).contains(&allowed), "{allowed} are allowed");
        assert!((0.49..0.51).contains(&members), "{members} ask as members");
        assert!((0.29..0.31).contains(&own), "{own} ask about their own");
    }
}
