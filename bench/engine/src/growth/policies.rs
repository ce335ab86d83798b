//! Whether a check grows with the policy: more roles, more channel types, more channels with modifiers.

use anyhow::bail;
use bench_dataset::{Engine, HOT, SPREAD, Shape, World, cpu_time, questions};

use crate::engines::Handles;
use crate::section::Section;
use crate::table::{Table, median, ns, ratio, thousands};

pub(crate) fn run(section: &mut Section, quick: bool) -> anyhow::Result<()> {
    let base = Shape::BASE;
    let shapes = [
        ("as in the first section", base),
        ("roles × 10", Shape { user_roles: 58, ..base }),
        ("roles × 100", Shape { user_roles: 598, ..base }),
        ("channel types, and with them grants, × 10", Shape { types: 50, ..base }),
        ("channel types, and with them grants, × 100", Shape { types: 500, ..base }),
        ("channels with modifiers × 10 (all of them)", Shape { override_every: 1, ..base }),
        (
            "channels with modifiers × 10, for each of 60 roles",
            Shape { override_every: 1, override_all_roles: true, user_roles: 58, ..base },
        ),
    ];
    let mut worlds = Vec::new();
    for (label, shape) in shapes.into_iter().take(if quick { 3 } else { shapes.len() }) {
        let world = World::new(shape);
        let asked = questions(&world, SPREAD);
        let mut handles = Handles::load(&world, &asked)?;
        let wrong = handles.wrong(&world, &asked);
        if wrong != 0 {
            bail!("{label}: {wrong} decisions differ from the rule");
        }
        let grants: u64 = world.grants.iter().flatten().map(|held| u64::from(held.0.count_ones())).sum();
        let modifiers: usize = world
            .channels
            .iter()
            .flat_map(|channel| &channel.overrides)
            .flat_map(|overrides| &overrides.roles)
            .map(|(_, given, revoked)| (given.0.count_ones() + revoked.0.count_ones()) as usize)
            .sum();
        worlds.push((label, world.roles.len(), grants, modifiers, handles, Vec::new(), Vec::new()));
    }
    for _ in 0..if quick { 3 } else { 9 } {
        for (.., handles, hot, spread) in &mut worlds {
            for (figures, count, times) in [(hot, HOT, 1_000), (spread, SPREAD, 1)] {
                std::hint::black_box(handles.pass(0..count));
                let started = cpu_time();
                for _ in 0..times {
                    std::hint::black_box(handles.pass(0..count));
                }
                figures.push((cpu_time() - started).as_nanos() as f64 / (count * times) as f64);
            }
        }
    }
    let mut table = Table::new(
        "`ask`, as the policy grows (100,000 memberships). A check must not grow with it.",
        &["policy", "roles", "grants", "modifiers", "hot", "spread", "÷ first hot", "÷ first spread"],
    );
    let first = worlds.first().map(|(.., hot, spread)| (median(hot), median(spread)));
    for (label, roles, grants, modifiers, _, hot, spread) in &worlds {
        let (first_hot, first_spread) = first.unwrap_or((1.0, 1.0));
        table.row([
            (*label).to_owned(),
            thousands(*roles as u64),
            thousands(*grants),
            thousands(*modifiers as u64),
            ns(median(hot)),
            ns(median(spread)),
            ratio(median(hot) / first_hot),
            ratio(median(spread) / first_spread),
        ]);
    }
    section.table(table);
    let (first_hot, first_spread) = first.unwrap_or((1.0, 1.0));
    let worst = worlds.iter().map(|(.., hot, spread)| (median(hot) / first_hot).max(median(spread) / first_spread)).fold(1.0, f64::max);
    let why = "A hundred times the roles or types change nothing. Where every channel has modifiers of its own, and not one in ten, each question also looks \
               those up: two lines of the cache more, however many roles are modified; with 60 roles in each of 10,000 channels they are more than the caches hold.";
    section.target("`ask` with ten and a hundred times the policy", "at most 1.5 ×", format!("{} ×", ratio(worst)), worst <= 1.5, why);
    Ok(())
}
