""""Multi-Tenancy": users of one team have nothing to do with what belongs to another."""

import pytest
from getstream.models import ChannelInput, UpdateUserPartialRequest, UserRequest

from hallpass.decision import channel as on
from hallpass.refusal import not_allowed, refused

RED = "messaging:red"
BLUE = "messaging:blue"


@pytest.fixture
def teams(app):
    """Rita is of team red, Bo of blue, Tom of both; each team has a channel that Tom made."""
    app.stream.update_app(multi_tenant_enabled=True)
    app.people(UserRequest(id="rita", teams=["red"]), UserRequest(id="bo", teams=["blue"]), UserRequest(id="tom", teams=["red", "blue"]))
    for name in ("red", "blue"):
        members = [{"user_id": "tom"}, {"user_id": "rita"}]
        app.chat.channel("messaging", name, {"created_by_id": "tom", "team": name, "members": members}).query()
    return app


def test_users_reach_what_is_of_their_teams(teams):
    assert (teams.may("rita", "ReadChannel", on(RED)), teams.may("rita", "ReadChannel", on(BLUE))) == ("granted", "team_mismatch")
    assert (teams.may("tom", "ReadChannel", on(RED)), teams.may("tom", "ReadChannel", on(BLUE))) == ("granted", "granted")
    rita = teams.as_user("rita")
    assert rita.chat.channel("messaging", "red").get_or_create().data.channel.team == "red"
    with refused() as refusal:
        rita.chat.channel("messaging", "blue").get_or_create()
    assert (refusal.told.code, refusal.told.status_code) == (17, 403)


def test_a_user_of_a_team_must_say_which_team_a_new_channel_is_for(teams):
    rita = teams.as_user("rita")
    with refused() as refusal:
        rita.chat.channel("messaging", "no-team").get_or_create()
    assert refusal.told == not_allowed(
        "GetOrCreateChannel",
        "User 'rita' with roles ['user'] from team 'red' cannot access resource in scope 'messaging' because requested resource does not belong to any team",
    )
    assert rita.chat.channel("messaging", "red-2").get_or_create(data=ChannelInput(team="red")).data.channel.team == "red"
    with refused() as refusal:
        rita.chat.channel("messaging", "blue-2").get_or_create(data=ChannelInput(team="blue"))
    assert (refusal.told.code, refusal.told.status_code) == (17, 403)


def test_a_role_per_team_counts_in_the_channels_of_that_team(teams):
    updated = teams.stream.update_users_partial(users=[UpdateUserPartialRequest(id="tom", set={"teams_role": {"red": "admin"}})])
    assert updated.data.users["tom"].teams_role == {"red": "admin"}
    assert teams.may("tom", "BanChannelMember", on(RED)) == "granted"
    assert teams.may("tom", "BanChannelMember", on(BLUE)) == "no_grant"


def test_with_multi_tenancy_off_teams_mean_nothing(teams):
    teams.chat.update_app_settings(multi_tenant_enabled=False)
    assert teams.may("rita", "ReadChannel", on(BLUE)) == "granted"
