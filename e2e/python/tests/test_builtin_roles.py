""""Builtin roles": six roles that are always there, of two levels that do not mix."""

import pytest
from getstream.models import ChannelMemberRequest, UpdateUserPartialRequest, UserRequest

from hallpass.decision import channel as on
from hallpass.refusal import bad_input, not_allowed_in, refused, server_only

BUILTIN = ["admin", "anonymous", "channel_member", "channel_moderator", "guest", "user"]
ROOM = "messaging:room"
SHOW = "livestream:show"


def test_getstream_lists_them(app):
    roles = {role.name: role for role in app.stream.list_roles().data.roles}
    assert set(BUILTIN) <= set(roles)
    assert not any(role.custom for role in roles.values())
    assert sorted(roles["user"].scopes) == [".app", "commerce", "gaming", "livestream", "messaging", "team"]
    assert ".app" not in roles["channel_member"].scopes


def test_stream_chat_lists_them(app):
    names = [role["name"] for role in app.chat.list_roles()["roles"]]
    assert set(BUILTIN) <= set(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("role", ["admin", "guest", "user"])
def test_a_user_role_is_no_channel_role(app, role):
    app.people("ana", "ben")
    room = app.channel_of("ana", ROOM, ["ben"])
    with refused() as refusal:
        room.update(assign_roles=[ChannelMemberRequest(user_id="ben", channel_role=role)])
    assert refusal.told == bad_input("UpdateChannel", f"channel_role: role '{role}' is a user-level role and cannot be used as a channel-level role")
    with refused() as refusal:
        app.chat.channel("messaging", "room").add_members([{"user_id": "ana", "channel_role": role}])
    assert refusal.told == bad_input("UpdateChannel", f"channel_role: role '{role}' is a user-level role and cannot be used as a channel-level role")
    assert [(m.user_id, m.channel_role) for m in room.get_or_create(state=True).data.members] == [("ben", "channel_member")]


@pytest.mark.parametrize("role", ["channel_member", "channel_moderator"])
def test_a_channel_role_is_no_user_role(app, role):
    app.people("ana")
    with refused() as refusal:
        app.stream.update_users_partial(users=[UpdateUserPartialRequest(id="ana", set={"role": role})])
    assert refusal.told == bad_input("UpdateUsersPartial", f"role: role '{role}' is a channel-level role and cannot be used as a user-level role")
    with refused() as refusal:
        app.chat.upsert_user({"id": "ana", "role": role})
    assert refusal.told == bad_input("UpdateUsers", f"role: role '{role}' is a channel-level role and cannot be used as a user-level role")
    assert app.chat.query_users({"id": "ana"})["users"][0]["role"] == "user"


def test_a_custom_role_may_be_both(app):
    app.stream.create_role("steward")
    app.people(UserRequest(id="ana", role="steward"), "ben")
    room = app.channel_of("ben", ROOM)
    result = room.update(add_members=[ChannelMemberRequest(user_id="ben", channel_role="steward")])
    assert [(m.user_id, m.channel_role) for m in result.data.members] == [("ben", "steward")]


def test_a_guest_gets_a_token_and_the_role_guest(app):
    app.people("ana")
    app.channel_of("ana", SHOW)
    created = app.stream.create_guest(user=UserRequest(id="visitor", name="V")).data
    assert (created.user.role, created.user.name) == ("guest", "V")
    visitor = app.stream.clone_for_token(created.access_token)
    assert app.may(created.user.id, "ReadChannel", on(SHOW)) == "granted"
    assert visitor.chat.channel("livestream", "show").get_or_create().data.channel.cid == SHOW
    assert app.may(created.user.id, "CreateChannel", on("livestream:mine")) == "no_grant"
    with refused() as refusal:
        visitor.chat.channel("livestream", "mine").get_or_create()
    assert refusal.told == not_allowed_in("livestream", "GetOrCreateChannel", created.user.id, ["guest"], "CreateChannel")

    old = app.chat.set_guest_user({"id": "other", "name": "O"})
    assert old["user"]["role"] == "guest"
    assert old["access_token"]


def test_an_admin_is_checked_too(app):
    app.people(UserRequest(id="root", role="admin"), "ana")
    app.channel_of("ana", ROOM)
    assert app.may("root", "DeleteChannel", on(ROOM)) == "granted"
    with refused() as refusal:
        app.as_user("root").create_role("steward")
    assert refusal.told == server_only("CreateRole")
    assert app.as_user("root").chat.channel("messaging", "room").delete().data.channel.cid == ROOM
