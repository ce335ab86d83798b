""""Ownership": channels, messages, attachments and users have an owner, and a permission can be for owners only."""

import pytest
from getstream.models import ChannelInput, ChannelInputRequest, ChannelMemberRequest, UpdateUserPartialRequest, UserRequest

from hallpass.decision import attachment, channel as on, message, user
from hallpass.refusal import not_allowed_in, not_allowed_in_app, refused

GARDEN = "messaging:garden"


@pytest.fixture
def garden(app):
    """Ana made the channel and is not a member of it; Ben is."""
    app.people(UserRequest(id="ana", name="Ana"), UserRequest(id="ben", name="Ben"))
    app.channel_of("ana", GARDEN, ["ben"])
    return app


def test_who_created_a_channel_may_do_in_it_what_owners_may(garden):
    actions = ["CreateMessage", "UpdateChannel", "UpdateChannelMembers", "DeleteChannel"]
    assert garden.may_all("ana", actions, on(GARDEN)) == dict.fromkeys(actions, "granted")
    assert garden.may_all("ben", actions, on(GARDEN)) == dict.fromkeys(actions, "condition_failed") | {"CreateMessage": "granted"}

    anas = garden.as_user("ana").chat.channel("messaging", "garden")
    bens = garden.as_user("ben").chat.channel("messaging", "garden")
    assert anas.update(data=ChannelInputRequest(custom={"name": "Roses"})).data.channel.custom == {"name": "Roses"}
    for operation, action, attempt in (
        ("UpdateChannel", "UpdateChannel", lambda: bens.update(data=ChannelInputRequest(custom={"name": "Weeds"}))),
        ("UpdateChannelPartial", "UpdateChannel", lambda: bens.update_channel_partial(set={"name": "Weeds"})),
        ("UpdateChannel", "UpdateChannelMembers", lambda: bens.update(add_members=[ChannelMemberRequest(user_id="ana")])),
        ("DeleteChannel", "DeleteChannel", bens.delete),
    ):
        with refused() as refusal:
            attempt()
        assert refusal.told == not_allowed_in("messaging", operation, "ben", ["user", "channel_member"], action)
    assert anas.update(remove_members=["ben"]).data.members == []
    with refused() as refusal:
        bens.get_or_create()
    assert refusal.told == not_allowed_in("messaging", "GetOrCreateChannel", "ben", ["user"], "ReadChannel")
    assert anas.delete().data.channel.cid == GARDEN


def test_a_channel_that_a_user_creates_is_theirs(garden):
    created = garden.as_user("ben").chat.channel("messaging", "shed").get_or_create(data=ChannelInput(custom={"name": "Shed"})).data
    assert created.channel.created_by.id == "ben"
    assert garden.may("ben", "UpdateChannel", on("messaging:shed")) == "granted"
    assert garden.may("ana", "UpdateChannel", on("messaging:shed")) == "condition_failed"


@pytest.mark.parametrize("action", ["UpdateMessage", "DeleteMessage"])
def test_a_member_edits_and_deletes_own_messages_only(garden, action):
    assert garden.may("ben", action, message(GARDEN, "ben")) == "granted"
    assert garden.may("ben", action, message(GARDEN, "ana")) == "condition_failed"


def test_an_attachment_belongs_to_who_uploaded_it(garden):
    assert garden.may("ben", "DeleteAttachment", attachment(GARDEN, "ben")) == "granted"
    assert garden.may("ben", "DeleteAttachment", attachment(GARDEN, "ana")) == "condition_failed"


def test_users_change_themselves_except_role_and_teams(garden):
    assert garden.may_all("ben", ["UpdateUser", "UpdateUserRole", "UpdateUserTeams"], user("ben")) == {
        "UpdateUser": "granted", "UpdateUserRole": "no_grant", "UpdateUserTeams": "no_grant",
    }
    assert garden.may("ben", "UpdateUser", user("ana")) == "condition_failed"
    ben = garden.as_user("ben")
    changed = ben.update_users_partial(users=[UpdateUserPartialRequest(id="ben", set={"name": "Benjamin", "hobby": "roses"})]).data.users["ben"]
    assert (changed.name, changed.custom) == ("Benjamin", {"hobby": "roses"})
    for changes, action in (({"teams": ["green"]}, "UpdateUserTeams"), ({"role": "admin"}, "UpdateUserRole")):
        with refused() as refusal:
            ben.update_users_partial(users=[UpdateUserPartialRequest(id="ben", set=changes)])
        assert refusal.told == not_allowed_in_app("UpdateUsersPartial", "ben", "user", action)
    with refused() as refusal:
        garden.old_as_user("ben").update_user_partial({"id": "ana", "set": {"name": "Anna"}})
    assert refusal.told == not_allowed_in_app("UpdateUsersPartial", "ben", "user", "UpdateUser")
    users = {u["id"]: (u["name"], u["role"]) for u in garden.chat.query_users({"id": {"$in": ["ana", "ben"]}})["users"]}
    assert users == {"ana": ("Ana", "user"), "ben": ("Benjamin", "user")}
