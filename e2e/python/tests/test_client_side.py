"""Every action that ``getstream`` has a call for, as a user's token has it: with the default grants, without the one in question, and with it again.

What is expected comes from the documented grants, never from the server.
"""

import json

import pytest
from getstream.exceptions import StreamApiException

from hallpass.cases import CASES, ELSEWHERE, Case
from hallpass.catalogue import ACTIONS, DEFAULT_GRANTS, ids_of, opens, plain_id_of
from hallpass.world import PERSONAS, Persona, World

USER_ROLES = list(dict.fromkeys(one.role for one in PERSONAS))
ALL_ROLES = USER_ROLES + [one.channel_role for one in PERSONAS if one.channel_role]


def test_every_action_is_tried_here_or_elsewhere():
    assert sorted({case.action for case in CASES} | set(ELSEWHERE)) == ACTIONS
    assert not {case.action for case in CASES} & set(ELSEWHERE)


def expected(case: Case, persona: Persona, grants: dict[str, list[str]]) -> bool:
    """Whether the documented grants let a persona make the call."""
    roles = [persona.role]
    if persona.channel_role and case.level != ".app" and not case.outside:
        roles.append(persona.channel_role)
    owns = case.owns == "everybody" or (persona.owner and case.owns == "owner")
    one = any(opens(grants, roles, action, owns) for action in (case.action, *case.either))
    return one and all(opens(grants, roles, action, owns) for action in case.also)


def attempt(case: Case, world: World, persona: Persona) -> dict | None:
    """The body of the refusal, if it is one."""
    made = case.prepare(world, persona)
    try:
        case.attempt(world.by(persona), world, persona, made)
    except StreamApiException as error:
        body = json.loads(error.raw_response_body)
        assert (error.status_code, body["code"]) == (403, 17), body
        return body
    return None


@pytest.mark.parametrize("case", CASES, ids=[f"{case.action}{'' if case.level != '.app' else ' (app)'}" for case in CASES])
def test_a_call_succeeds_exactly_when_the_grants_say_so(case):
    world = World()
    roles = USER_ROLES if case.level == ".app" else ALL_ROLES
    defaults = {role: DEFAULT_GRANTS[case.level].get(role, []) for role in roles}
    for persona in PERSONAS:
        refusal = attempt(case, world, persona)
        assert (refusal is None) == expected(case, persona, defaults), f"{case.action} as {persona.name}, by default: {refusal}"

    taken = set().union(*(ids_of(action) for action in (case.action, *case.either)))
    also = [plain_id_of(action) for action in case.also]
    without = {role: sorted({one for one in ids if one not in taken} | set(also)) for role, ids in defaults.items()}
    world.set_grants(case.level, without)
    for persona in PERSONAS:
        refusal = attempt(case, world, persona)
        assert refusal, f"{case.action} as {persona.name}, taken away: done all the same"
        assert refusal["hallpass"]["action"] in (case.action, *case.either), refusal
        assert refusal["hallpass"]["missing"], refusal

    world.set_grants(case.level, {role: [*ids, plain_id_of(case.action)] for role, ids in without.items()})
    for persona in PERSONAS:
        assert attempt(case, world, persona) is None, f"{case.action} as {persona.name}, given back"
