""""Granting permissions": what permissions there are, and how roles get and lose them in a channel type and in the app."""

import pytest
from getstream.models import QueryMembersPayload, QueryUsersPayload, UserRequest

from hallpass.decision import channel as on, message, user
from hallpass.refusal import bad_input, not_allowed_in, not_allowed_in_app, refused

GENERAL = "messaging:general"
#: The grants of Stream's page "User Permissions": enough to read and write, and nothing else.
QUIET_MEMBER = ["read-channel", "create-message", "update-message-owner", "delete-message-owner"]
#: What channel_members of `messaging` hold from the start.
DEFAULT_MEMBER = [
    "add-links", "cast-vote", "create-attachment", "create-call", "create-mention", "create-message", "create-reaction", "create-reply",
    "flag-message", "join-call", "mute-channel", "pin-message", "query-votes", "read-channel", "read-channel-members",
    "remove-own-channel-membership", "run-message-action", "send-custom-event", "send-poll", "upload-attachment",
]
#: The app grants of the same page.
BRIEF_APP_GRANTS = {"anonymous": [], "guest": [], "user": ["search-user", "mute-user"], "admin": ["search-user", "mute-user", "ban-user"]}
#: What getstream must say besides in an update of a channel type.
REQUIRED = dict(automod="disabled", automod_behavior="flag", max_message_length=5000)


@pytest.fixture
def general(app):
    """Ana owns the channel, Ben is a member of it, Eve is outside."""
    app.people("ana", "ben", "eve", UserRequest(id="root", role="admin"))
    app.channel_of("ana", GENERAL, ["ben"])
    return app


def members_seen_by(client):
    return client.chat.query_members(QueryMembersPayload(type="messaging", id="general", filter_conditions={})).data.members


class TestGetstream:
    def test_permissions_are_listed(self, app):
        permissions = app.stream.list_permissions().data.permissions
        by_id = {permission.id: permission for permission in permissions}
        assert len(by_id) == len(permissions)
        sample = by_id["create-message-owner"]
        assert (sample.action, sample.owner, sample.same_team, sample.custom, sample.level, sample.owner_resource) == ("CreateMessage", True, True, False, "channel", "Channel")
        assert sample.name and "CreateMessage" in sample.description
        assert {id for id, permission in by_id.items() if permission.action == "PinMessage"} == {
            "pin-message", "pin-message-owner", "pin-message-any-team", "pin-message-owner-any-team",
        }
        assert set(DEFAULT_MEMBER) <= set(by_id)
        assert app.stream.get_permission("create-message-owner").data.permission == sample

    def test_grants_of_a_type_are_observed_and_replaced(self, general):
        client = general.stream
        response = client.chat.get_channel_type(name="messaging")
        before = response.data.grants
        assert sorted(before["channel_member"]) == DEFAULT_MEMBER
        assert general.may_all("ben", ["CreateMessage", "AddLinks", "ReadChannelMembers"], on(GENERAL)) == {
            "CreateMessage": "granted", "AddLinks": "granted", "ReadChannelMembers": "granted",
        }
        assert [m.user_id for m in members_seen_by(general.as_user("ben"))] == ["ben"]

        client.chat.update_channel_type(
            name="messaging",
            automod="disabled",
            automod_behavior="flag",
            max_message_length=5000,
            grants={
                "channel_member": [
                    "read-channel",  # allow access to the channel
                    "create-message",  # create messages in the channel
                    "update-message-owner",  # update own user messages
                    "delete-message-owner",  # delete own user messages
                ]
            },
        )

        assert client.chat.get_channel_type(name="messaging").data.grants == before | {"channel_member": QUIET_MEMBER}
        assert general.may_all("ben", ["CreateMessage", "AddLinks", "ReadChannelMembers"], on(GENERAL)) == {
            "CreateMessage": "granted", "AddLinks": "condition_failed", "ReadChannelMembers": "condition_failed",
        }
        assert general.may("ben", "DeleteMessage", message(GENERAL, "ben")) == "granted"
        assert general.may("ben", "DeleteMessage", message(GENERAL, "ana")) == "condition_failed"
        with refused() as refusal:
            members_seen_by(general.as_user("ben"))
        assert refusal.told == not_allowed_in("messaging", "QueryMembers", "ben", ["user", "channel_member"], "ReadChannelMembers")
        capabilities = general.as_user("ben").chat.channel("messaging", "general").get_or_create().data.channel.own_capabilities
        assert "send-message" in capabilities and "send-links" not in capabilities

    def test_grants_of_a_type_are_removed_by_an_empty_list(self, general):
        client = general.stream
        client.chat.update_channel_type(name="messaging", **REQUIRED, grants={"guest": ["read-channel"], "anonymous": ["read-channel"]})
        general.people(UserRequest(id="visitor", role="guest"))
        assert general.may("visitor", "ReadChannel", on(GENERAL)) == "granted"

        client.chat.update_channel_type(
            name="messaging",
            automod="disabled",
            automod_behavior="flag",
            max_message_length=5000,
            grants={
                "guest": [],  # removes all grants of "guest" role
                "anonymous": [],  # removes all grants of "anonymous" role
            },
        )

        grants = client.chat.get_channel_type(name="messaging").data.grants
        assert (grants["guest"], grants["anonymous"]) == ([], [])
        assert general.may("visitor", "ReadChannel", on(GENERAL)) == "no_grant"
        with refused() as refusal:
            general.as_user("visitor").chat.channel("messaging", "general").get_or_create()
        assert refusal.told == not_allowed_in("messaging", "GetOrCreateChannel", "visitor", ["guest"], "ReadChannel")

    def test_none_sends_nothing_and_an_empty_dict_resets(self, general):
        """The sample of Stream's page says ``grants=None``, which this SDK leaves out of the request; on /api/v2 the empty object resets."""
        client = general.stream
        before = client.chat.get_channel_type(name="messaging").data.grants
        client.chat.update_channel_type(name="messaging", **REQUIRED, grants={"channel_member": []})
        client.chat.update_channel_type(name="messaging", automod="disabled", automod_behavior="flag", max_message_length=5000, grants=None)
        assert client.chat.get_channel_type(name="messaging").data.grants["channel_member"] == []
        assert general.may("ben", "ReadChannel", on(GENERAL)) == "condition_failed"

        client.chat.update_channel_type(name="messaging", **REQUIRED, grants={})

        assert client.chat.get_channel_type(name="messaging").data.grants == before
        assert general.may("ben", "ReadChannel", on(GENERAL)) == "granted"

    def test_grants_of_the_app(self, general):
        client = general.stream
        before = client.get_app().data.app.grants
        assert general.may_all("ben", ["SearchUser", "MuteUser", "FlagUser", "BanUser"], user("eve")) == {
            "SearchUser": "granted", "MuteUser": "granted", "FlagUser": "granted", "BanUser": "no_grant",
        }
        assert general.may("root", "BanUser", user("eve")) == "no_grant"

        client.update_app(grants={
            "anonymous": [],
            "guest": [],
            "user": [
                "search-user",
                "mute-user",
            ],
            "admin": [
                "search-user",
                "mute-user",
                "ban-user",
            ],
        })

        assert client.get_app().data.app.grants == before | BRIEF_APP_GRANTS
        assert general.may_all("ben", ["SearchUser", "MuteUser", "FlagUser", "BanUser"], user("eve")) == {
            "SearchUser": "granted", "MuteUser": "granted", "FlagUser": "no_grant", "BanUser": "no_grant",
        }
        assert general.may_all("root", ["BanUser", "FlagUser"], user("eve")) == {"BanUser": "granted", "FlagUser": "no_grant"}

        find_eve = QueryUsersPayload(filter_conditions={"id": "eve"})
        assert [u.id for u in general.as_user("ben").query_users(find_eve).data.users] == ["eve"]
        client.update_app(grants={"user": []})
        with refused() as refusal:
            general.as_user("ben").query_users(find_eve)
        assert refusal.told == not_allowed_in_app("QueryUsers", "ben", "user", "SearchUser")
        client.update_app(grants={})
        assert client.get_app().data.app.grants == before

    @pytest.mark.parametrize(("grants", "text"), [
        ({"channel_member": ["create-mesage"]}, "grants.channel_member: no such permission 'create-mesage' (did you mean 'create-message'?)"),
        ({"channel_membr": ["read-channel"]}, "grants: no such role 'channel_membr' (did you mean 'channel_member'?)"),
        ({"guest": [], "channel_member": ["search-user"]}, "grants.channel_member: permission 'search-user' is app-level and has no effect at 'messaging'"),
    ])
    def test_what_is_not_known_is_named_and_nothing_changes(self, app, grants, text):
        before = app.stream.chat.get_channel_type(name="messaging").data.grants
        with refused() as refusal:
            app.stream.chat.update_channel_type(name="messaging", **REQUIRED, grants=grants)
        assert refusal.told == bad_input("UpdateChannelType", text)
        assert app.stream.chat.get_channel_type(name="messaging").data.grants == before


class TestStreamChat:
    def test_permissions_are_listed(self, app):
        permissions = app.chat.list_permissions()["permissions"]
        by_id = {permission["id"]: permission for permission in permissions}
        sample = {key: value for key, value in by_id["create-message-owner"].items() if key not in ("name", "description", "tags", "condition")}
        assert sample == {"id": "create-message-owner", "action": "CreateMessage", "owner": True, "same_team": True, "custom": False, "level": "channel", "owner_resource": "Channel"}
        assert app.chat.get_permission("create-message-owner")["permission"] == by_id["create-message-owner"]

    def test_grants_of_a_type_are_replaced_removed_and_reset(self, general):
        client = general.chat
        before = client.get_channel_type("messaging")["grants"]
        client.update_channel_type("messaging", grants={"channel_member": QUIET_MEMBER})
        assert client.get_channel_type("messaging")["grants"] == before | {"channel_member": QUIET_MEMBER}
        assert general.may("ben", "AddLinks", on(GENERAL)) == "condition_failed"
        client.update_channel_type("messaging", grants={"channel_member": [], "guest": []})
        assert general.may("ben", "ReadChannel", on(GENERAL)) == "condition_failed"
        with refused() as refusal:
            general.old_as_user("ben").channel("messaging", "general").query()
        assert refusal.told == not_allowed_in("messaging", "GetOrCreateChannel", "ben", ["user", "channel_member"], "ReadChannel")
        client.update_channel_type("messaging", grants={})
        assert client.get_channel_type("messaging")["grants"]["channel_member"] == [], "on the unprefixed paths an empty object changes nothing"
        client.update_channel_type("messaging", grants=None)
        assert client.get_channel_type("messaging")["grants"] == before
        assert general.may("ben", "ReadChannel", on(GENERAL)) == "granted"

    def test_grants_of_the_app(self, general):
        client = general.chat
        before = client.get_app_settings()["app"]["grants"]
        client.update_app_settings(grants=BRIEF_APP_GRANTS)
        assert client.get_app_settings()["app"]["grants"] == before | BRIEF_APP_GRANTS
        assert general.may("root", "BanUser", user("eve")) == "granted"
        client.update_app_settings(grants={})
        assert general.may("root", "BanUser", user("eve")) == "granted"
        client.update_app_settings(grants=None)
        assert client.get_app_settings()["app"]["grants"] == before
        assert general.may("root", "BanUser", user("eve")) == "no_grant"

    def test_a_new_type_starts_as_messaging_does(self, general):
        client = general.chat
        created = client.create_channel_type({"name": "club"})
        assert created["name"] == "club"
        assert client.get_channel_type("club")["grants"] == client.get_channel_type("messaging")["grants"]
        general.channel_of("ana", "club:chess", ["ben"])
        assert general.may("ben", "CreateMessage", on("club:chess")) == "granted"
        with refused() as refusal:
            client.delete_channel_type("club")
        assert refusal.told == bad_input("DeleteChannelType", "name: channel type 'club' has channels, such as 'club:chess'; delete them first")
        client.channel("club", "chess").delete(hard=True)
        client.delete_channel_type("club")
        assert "club" not in client.list_channel_types()["channel_types"]
