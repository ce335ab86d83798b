"""Clients with the wrong key, another app's key, or a user's token where the back end's is due."""

import time

import pytest
from getstream import Stream
from stream_chat import StreamChat

from hallpass.app import App
from hallpass.decision import channel as on
from hallpass.refusal import refused, server_only, told_in
from hallpass.server import TIMEOUT_S, URL

#: What only the back end may do, with either SDK.
NEW = {
    "ListRoles": lambda c: c.list_roles(),
    "CreateRole": lambda c: c.create_role("intruder"),
    "DeleteRole": lambda c: c.delete_role("agent"),
    "ListPermissions": lambda c: c.list_permissions(),
    "UpdateApp": lambda c: c.update_app(grants={"user": ["ban-user"]}),
    "GetChannelType": lambda c: c.chat.get_channel_type(name="messaging"),
    "UpdateChannelType": lambda c: c.chat.update_channel_type(name="messaging", automod="disabled", automod_behavior="flag", max_message_length=1, grants={"user": []}),
}
OLD = {
    "ListRoles": lambda c: c.list_roles(),
    "CreateRole": lambda c: c.create_role("intruder"),
    "DeleteRole": lambda c: c.delete_role("agent"),
    "ListPermissions": lambda c: c.list_permissions(),
    "UpdateApp": lambda c: c.update_app_settings(grants={"user": ["ban-user"]}),
    "GetChannelType": lambda c: c.get_channel_type("messaging"),
    "UpdateChannelType": lambda c: c.update_channel_type("messaging", grants={"user": []}),
}
OTHER_SECRET = "a secret of thirty-two bytes or more"


def state_of(app):
    return app.chat.list_roles()["roles"], app.chat.get_app_settings()["app"], app.chat.list_channel_types()["channel_types"]


@pytest.mark.parametrize(("api_key", "secret", "code"), [("nosuchkey123", None, 2), (None, OTHER_SECRET, 43)], ids=["a wrong api_key", "a wrong secret"])
def test_wrong_keys_open_nothing(app, api_key, secret, code):
    app.chat.create_role("agent")
    before = state_of(app)
    new = Stream(api_key=api_key or app.api_key, api_secret=secret or app.api_secret, base_url=URL, timeout=TIMEOUT_S)
    old = StreamChat(api_key or app.api_key, secret or app.api_secret, timeout=TIMEOUT_S, base_url=URL)
    for client, operations in ((new, NEW), (old, OLD)):
        for name, operation in operations.items():
            with refused() as refusal:
                operation(client)
            assert (refusal.told.code, refusal.told.status_code) == (code, 401), name
            assert refusal.told.message.startswith(f'{name} failed with error: "'), refusal.told
    assert state_of(app) == before


def test_the_keys_of_another_app_open_the_other_app(app):
    other = App.new()
    other.chat.create_role("agent")
    assert "agent" not in [role["name"] for role in app.chat.list_roles()["roles"]]
    mixed = StreamChat(app.api_key, other.api_secret, timeout=TIMEOUT_S, base_url=URL)
    with refused() as refusal:
        mixed.list_roles()
    assert (refusal.told.code, refusal.told.status_code) == (43, 401)


@pytest.mark.parametrize("role", ["user", "admin"])
def test_a_users_token_does_not_open_what_is_for_the_back_end(app, role):
    app.chat.create_role("agent")
    app.chat.upsert_user({"id": "eve", "role": role})
    before = state_of(app)
    for client, operations in ((app.as_user("eve"), NEW), (app.old_as_user("eve"), OLD)):
        for name, operation in operations.items():
            with refused() as refusal:
                operation(client)
            assert refusal.told == server_only(name)
    assert state_of(app) == before


def test_a_token_can_expire_and_can_be_revoked(app):
    app.people("ana", "ben")
    app.channel_of("ana", "messaging:general", ["ben"])
    assert app.may("ben", "ReadChannel", on("messaging:general")) == "granted"

    def query(token):
        return app.call_with(token, "POST", "/api/v2/chat/channels/messaging/general/query", {})

    now = int(time.time())
    assert query(app.chat.create_token("ben", exp=now + 60)).status_code == 201
    told = told_in(query(app.chat.create_token("ben", exp=now - 60)))
    assert (told.code, told.status_code) == (40, 401)

    old_token = app.chat.create_token("ben", iat=now - 600)
    assert query(old_token).status_code == 201
    app.chat.revoke_user_token("ben", before=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 300)))
    assert told_in(query(old_token)).status_code == 401
    assert told_in(query(app.chat.create_token("ben"))).status_code == 401, "a token that does not say when it was made is not newer"
    assert query(app.chat.create_token("ben", iat=now)).status_code == 201
