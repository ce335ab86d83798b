""""Role Management": James Bond gets a user role, becomes a member of a channel, and gets a channel role."""

import pytest
from getstream.models import ChannelInputRequest, ChannelMemberRequest, QueryMembersPayload, QueryUsersPayload, UpdateUserPartialRequest, UserRequest

from hallpass.decision import channel as on
from hallpass.refusal import bad_input, not_allowed_in, not_allowed_in_app, refused, server_only

MI6 = "messaging:mi6"


def roles_of(members) -> dict[str, str]:
    """The channel roles of all members, by user id, from either SDK."""
    return {m["user_id"]: m["channel_role"] for m in members} if members and isinstance(members[0], dict) else {m.user_id: m.channel_role for m in members}


@pytest.fixture
def headquarters(app):
    """M owns the channel that everything is about; James Bond is an ordinary user outside of it."""
    app.people(UserRequest(id="m", name="M"), UserRequest(id="james_bond", name="James"))
    app.channel_of("m", MI6)
    return app


class TestGetstream:
    def test_a_user_gets_another_role(self, headquarters):
        app, client = headquarters, headquarters.stream
        bond = app.as_user("james_bond").chat.channel("messaging", "mi6")
        client.create_role("special_agent")
        client.chat.update_channel_type(
            name="messaging", automod="disabled", automod_behavior="flag", max_message_length=5000, grants={"special_agent": ["read-channel", "update-channel"]}
        )
        assert app.may("james_bond", "UpdateChannel", on(MI6)) == "condition_failed"
        with refused() as refusal:
            bond.update(data=ChannelInputRequest(custom={"motto": "Never say never"}))
        assert refusal.told == not_allowed_in("messaging", "UpdateChannel", "james_bond", ["user"], "UpdateChannel")

        response = client.update_users_partial(users=[UpdateUserPartialRequest(id="james_bond", set={"role": "special_agent"})])

        assert list(response.data.users) == ["james_bond"]
        james = response.data.users["james_bond"]
        assert (james.id, james.role, james.name, james.banned, james.teams, james.custom) == ("james_bond", "special_agent", "James", False, [], {})
        assert app.may("james_bond", "UpdateChannel", on(MI6)) == "granted"
        updated = bond.update(data=ChannelInputRequest(custom={"motto": "Never say never"}))
        assert updated.data.channel.custom == {"motto": "Never say never"}

    def test_a_role_that_does_not_exist_is_refused_and_nothing_changes(self, headquarters):
        client = headquarters.stream
        client.create_role("special_agent")
        with refused() as refusal:
            client.update_users_partial(users=[UpdateUserPartialRequest(id="james_bond", set={"role": "special_agnt", "name": "Jim"})])
        assert refusal.told == bad_input("UpdateUsersPartial", "role: no such role 'special_agnt' (did you mean 'special_agent'?)")
        (james,) = client.query_users(QueryUsersPayload(filter_conditions={"id": "james_bond"})).data.users
        assert (james.role, james.name) == ("user", "James")

    def test_a_user_cannot_take_a_role(self, headquarters):
        with refused() as refusal:
            headquarters.as_user("james_bond").update_users_partial(users=[UpdateUserPartialRequest(id="james_bond", set={"role": "admin"})])
        assert refusal.told == not_allowed_in_app("UpdateUsersPartial", "james_bond", "user", "UpdateUserRole")

    def test_a_user_who_is_added_to_a_channel_becomes_a_channel_member(self, headquarters):
        app = headquarters
        channel = app.stream.chat.channel("messaging", "mi6")
        bond = app.as_user("james_bond").chat.channel("messaging", "mi6")
        assert app.may("james_bond", "CreateMessage", on(MI6)) == "condition_failed"
        with refused() as refusal:
            bond.get_or_create()
        assert refusal.told == not_allowed_in("messaging", "GetOrCreateChannel", "james_bond", ["user"], "ReadChannel")

        result = channel.update(add_members=[ChannelMemberRequest(user_id="james_bond")])

        assert result.data.members[0].channel_role == "channel_member"
        assert (result.data.members[0].user_id, result.data.members[0].is_moderator, result.data.members[0].banned) == ("james_bond", False, False)
        assert result.data.members[0].user.name == "James"
        assert app.may("james_bond", "CreateMessage", on(MI6)) == "granted"
        seen = bond.get_or_create(state=True).data
        assert roles_of(seen.members) == {"james_bond": "channel_member"}
        assert seen.membership.channel_role == "channel_member"
        assert "send-message" in seen.channel.own_capabilities

    def test_a_user_is_added_to_a_channel_with_a_role_and_assigned_another(self, headquarters):
        app = headquarters
        app.people("q")
        channel = app.stream.chat.channel("messaging", "mi6")
        bond = app.as_user("james_bond").chat.channel("messaging", "mi6")

        added = channel.update(add_members=[ChannelMemberRequest(user_id="james_bond", channel_role="channel_moderator")])
        assert [(m.user_id, m.channel_role, m.is_moderator) for m in added.data.members] == [("james_bond", "channel_moderator", True)]
        assert app.may("james_bond", "UpdateChannelMembers", on(MI6)) == "granted"
        assert roles_of(bond.update(add_members=[ChannelMemberRequest(user_id="q")]).data.members)["q"] == "channel_member"

        assigned = channel.update(assign_roles=[ChannelMemberRequest(user_id="james_bond", channel_role="channel_member")])
        assert roles_of(assigned.data.members)["james_bond"] == "channel_member"
        assert app.may("james_bond", "UpdateChannelMembers", on(MI6)) == "condition_failed"
        with refused() as refusal:
            bond.update(remove_members=["q"])
        assert refusal.told == not_allowed_in("messaging", "UpdateChannel", "james_bond", ["user", "channel_member"], "UpdateChannelMembers")

    def test_channel_roles_cannot_be_changed_client_side_not_even_by_the_owner(self, headquarters):
        app = headquarters
        app.stream.chat.channel("messaging", "mi6").update(add_members=[ChannelMemberRequest(user_id="james_bond")])
        mine = app.as_user("m").chat.channel("messaging", "mi6")
        assert app.may("m", "UpdateChannelMembers", on(MI6)) == "granted"
        for what, attempt in (
            ("changing channel roles", dict(assign_roles=[ChannelMemberRequest(user_id="james_bond", channel_role="channel_moderator")])),
            ("giving a channel role", dict(add_members=[ChannelMemberRequest(user_id="m", channel_role="channel_moderator")])),
            ("changing channel roles", dict(add_moderators=["james_bond"])),
            ("changing channel roles", dict(demote_moderators=["james_bond"])),
        ):
            with refused() as refusal:
                mine.update(**attempt)
            assert refusal.told == server_only("UpdateChannel", what)
        members = app.stream.chat.query_members(QueryMembersPayload(type="messaging", id="mi6", filter_conditions={})).data.members
        assert roles_of(members) == {"james_bond": "channel_member"}


class TestStreamChat:
    def test_a_user_gets_another_role(self, headquarters):
        app, client = headquarters, headquarters.chat
        bond = app.old_as_user("james_bond").channel("messaging", "mi6")
        client.create_role("special_agent")
        client.update_channel_type("messaging", grants={"special_agent": ["read-channel", "update-channel"]})
        with refused() as refusal:
            bond.update({"motto": "Never say never"})
        assert refusal.told == not_allowed_in("messaging", "UpdateChannel", "james_bond", ["user"], "UpdateChannel")

        response = client.update_user_partial({"id": "james_bond", "set": {"role": "special_agent"}})

        assert response["users"]["james_bond"]["role"] == "special_agent"
        assert response["users"]["james_bond"]["name"] == "James"
        assert app.may("james_bond", "UpdateChannel", on(MI6)) == "granted"
        assert bond.update({"motto": "Never say never"})["channel"]["motto"] == "Never say never"

    def test_a_user_becomes_a_member_gets_a_role_and_loses_it(self, headquarters):
        app = headquarters
        channel = app.chat.channel("messaging", "mi6")
        bond = app.old_as_user("james_bond").channel("messaging", "mi6")
        assert app.may("james_bond", "ReadChannel", on(MI6)) == "condition_failed"

        # This SDK sends a plain list of ids, and `"message": null` beside it.
        result = channel.add_members(["james_bond"])
        assert result["members"][0]["channel_role"] == "channel_member"
        assert app.may("james_bond", "ReadChannel", on(MI6)) == "granted"
        assert app.may("james_bond", "UpdateChannelFrozen", on(MI6)) == "no_grant"

        result = channel.assign_roles([{"user_id": "james_bond", "channel_role": "channel_moderator"}])
        assert roles_of(result["members"]) == {"james_bond": "channel_moderator"}
        assert app.may("james_bond", "UpdateChannelFrozen", on(MI6)) == "granted"
        assert bond.update_partial(to_set={"frozen": True})["channel"]["frozen"] is True

        result = channel.demote_moderators(["james_bond"])
        assert roles_of(result["members"]) == {"james_bond": "channel_member"}
        with refused() as refusal:
            bond.update_partial(to_set={"frozen": False})
        assert refusal.told == not_allowed_in("messaging", "UpdateChannelPartial", "james_bond", ["user", "channel_member"], "UpdateChannelFrozen")

        result = channel.remove_members(["james_bond"])
        assert result["members"] == []
        assert app.may("james_bond", "ReadChannel", on(MI6)) == "condition_failed"

    def test_a_user_is_added_with_a_role(self, headquarters):
        app = headquarters
        result = app.chat.channel("messaging", "mi6").add_members([{"user_id": "james_bond", "channel_role": "channel_moderator"}])
        assert roles_of(result["members"]) == {"james_bond": "channel_moderator"}
        assert app.may("james_bond", "UpdateChannelMembers", on(MI6)) == "granted"

    def test_channel_roles_cannot_be_changed_client_side(self, headquarters):
        app = headquarters
        app.chat.channel("messaging", "mi6").add_members(["james_bond"])
        with refused() as refusal:
            app.old_as_user("m").channel("messaging", "mi6").assign_roles([{"user_id": "james_bond", "channel_role": "channel_moderator"}])
        assert refusal.told == server_only("UpdateChannel", "changing channel roles")
        assert app.may("james_bond", "UpdateChannelFrozen", on(MI6)) == "no_grant"
