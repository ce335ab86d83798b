""""Custom Roles": made with a name, worth nothing until something is granted to them, deleted only when nothing hangs on them."""

import pytest
from getstream.models import ChannelMemberRequest, UpdateUserPartialRequest, UserRequest

from hallpass.decision import channel as on
from hallpass.refusal import bad_input, missing, not_allowed_in, refused

MI6 = "messaging:mi6"
#: As many custom roles as one app may have.
MOST_ROLES = 25
#: What getstream must say besides in an update of a channel type; it changes nothing that is asked here.
REQUIRED = dict(automod="disabled", automod_behavior="flag", max_message_length=5000)


def custom_roles(app) -> list[str]:
    return sorted(role.name for role in app.stream.list_roles().data.roles if role.custom)


class TestGetstream:
    def test_a_role_is_created_holds_nothing_is_given_something_and_is_deleted(self, app):
        client = app.stream
        app.people("m", "james_bond")
        app.channel_of("m", MI6)
        bond = app.as_user("james_bond").chat.channel("messaging", "mi6")

        created = client.create_role("special_agent").data.role
        assert (created.name, created.custom, created.scopes) == ("special_agent", True, [])
        assert custom_roles(app) == ["special_agent"]

        client.update_users_partial(users=[UpdateUserPartialRequest(id="james_bond", set={"role": "special_agent"})])
        assert app.may("james_bond", "ReadChannel", on(MI6)) == "no_grant"
        with refused() as refusal:
            bond.get_or_create()
        assert refusal.told == not_allowed_in("messaging", "GetOrCreateChannel", "james_bond", ["special_agent"], "ReadChannel")

        client.chat.update_channel_type(name="messaging", **REQUIRED, grants={"special_agent": ["read-channel"]})
        assert app.may("james_bond", "ReadChannel", on(MI6)) == "granted"
        assert bond.get_or_create().data.channel.cid == MI6

        client.update_users_partial(users=[UpdateUserPartialRequest(id="james_bond", set={"role": "user"})])
        client.chat.update_channel_type(name="messaging", **REQUIRED, grants={"special_agent": []})
        client.delete_role("special_agent")
        assert custom_roles(app) == []
        assert app.may("james_bond", "ReadChannel", on(MI6)) == "condition_failed"

    def test_a_role_with_grants_cannot_be_deleted(self, app):
        client = app.stream
        client.create_role("agent_006")
        client.chat.update_channel_type(name="livestream", **REQUIRED, grants={"agent_006": ["read-channel"]})
        with refused() as refusal:
            client.delete_role("agent_006")
        assert refusal.told == bad_input("DeleteRole", "role 'agent_006' is still in use: it holds grants at 'livestream' (1); remove them first")
        client.chat.update_channel_type(name="livestream", **REQUIRED, grants={"agent_006": []})
        client.update_app(grants={"agent_006": ["search-user"]})
        with refused() as refusal:
            client.delete_role("agent_006")
        assert refusal.told == bad_input("DeleteRole", "role 'agent_006' is still in use: it holds grants at '.app' (1); remove them first")
        client.update_app(grants={"agent_006": []})
        client.delete_role("agent_006")
        assert custom_roles(app) == []

    def test_a_role_that_users_have_cannot_be_deleted(self, app):
        client = app.stream
        client.create_role("agent_006")
        app.people(UserRequest(id="alec", role="agent_006"))
        with refused() as refusal:
            client.delete_role("agent_006")
        assert refusal.told == bad_input("DeleteRole", "role 'agent_006' is still in use: users who have it (1); give them another first")
        client.update_users_partial(users=[UpdateUserPartialRequest(id="alec", set={"role": "user"})])
        client.delete_role("agent_006")
        assert custom_roles(app) == []

    def test_a_channel_role_is_deleted_under_its_members(self, app):
        client = app.stream
        app.people("m", "alec")
        mi6 = app.channel_of("m", MI6)
        client.create_role("agent_006")
        client.chat.update_channel_type(name="messaging", **REQUIRED, grants={"agent_006": ["read-channel"]})
        mi6.update(add_members=[ChannelMemberRequest(user_id="alec", channel_role="agent_006")])
        assert app.may("alec", "ReadChannel", on(MI6)) == "granted"
        client.chat.update_channel_type(name="messaging", **REQUIRED, grants={"agent_006": []})
        client.delete_role("agent_006")
        assert custom_roles(app) == []
        assert app.may("alec", "ReadChannel", on(MI6)) != "granted"
        with refused() as refusal:
            app.as_user("alec").chat.channel("messaging", "mi6").get_or_create()
        assert (refusal.told.code, refusal.told.status_code) == (17, 403)


class TestStreamChat:
    def test_a_role_is_created_and_deleted(self, app):
        created = app.chat.create_role("special_agent")
        assert created.status_code() == 201
        assert (created["role"]["name"], created["role"]["custom"], created["role"]["scopes"]) == ("special_agent", True, [])
        assert custom_roles(app) == ["special_agent"]
        deleted = app.chat.delete_role("special_agent")
        assert deleted.status_code() == 200
        assert list(deleted) == ["duration"]
        assert custom_roles(app) == []

    @pytest.mark.parametrize("role", ["user", "guest", "anonymous", "admin", "channel_member", "channel_moderator"])
    def test_builtin_roles_stay(self, app, role):
        with refused() as refusal:
            app.chat.delete_role(role)
        assert refusal.told == bad_input("DeleteRole", f"role '{role}' is built in and cannot be deleted")

    def test_a_missing_role_is_not_found(self, app):
        with refused() as refusal:
            app.chat.delete_role("agent_007")
        assert refusal.told == missing("DeleteRole", "role 'agent_007' does not exist")

    def test_names_are_taken_once_needed_and_short(self, app):
        app.chat.create_role("special_agent")
        for name, text in (("special_agent", "role 'special_agent' exists already"), ("admin", "role 'admin' exists already"), ("", "name: must not be empty")):
            with refused() as refusal:
                app.chat.create_role(name)
            assert refusal.told == bad_input("CreateRole", text)
        with refused() as refusal:
            app.chat.create_role("r" * 65)
        assert (refusal.told.code, refusal.told.status_code) == (4, 400)
        assert refusal.told.message.endswith('65 is more than the limit of 64"'), refusal.told
        assert custom_roles(app) == ["special_agent"]

    def test_the_26th_role_is_refused(self, app):
        for number in range(1, MOST_ROLES + 1):
            app.chat.create_role(f"agent_{number}")
        with refused() as refusal:
            app.chat.create_role("agent_26")
        assert (refusal.told.code, refusal.told.status_code) == (4, 400)
        assert refusal.told.message.endswith('26 is more than the limit of 25"'), refusal.told
        assert len(custom_roles(app)) == MOST_ROLES
