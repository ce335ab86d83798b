"""Every answer of /api/v2 holds what Stream's specification requires: programs written in typed languages fail on less."""

from getstream.models import ChannelMemberRequest, QueryMembersPayload, QueryUsersPayload, UpdateUserPartialRequest, UserRequest

from hallpass.spec import missing

REQUIRED = dict(automod="disabled", automod_behavior="flag", max_message_length=5000)


def test_answers_hold_every_required_field(app):
    client = app.stream
    app.people("ana", "ben")
    channel = app.channel_of("ana", "messaging:general", ["ben"])
    client.create_role("agent")
    as_ben = app.as_user("ben")
    answers = {
        "list_roles": client.list_roles(),
        "create_role": client.create_role("other"),
        "delete_role": client.delete_role("other"),
        "list_permissions": client.list_permissions(),
        "get_permission": client.get_permission("read-channel"),
        "get_app": client.get_app(),
        "update_app": client.update_app(multi_tenant_enabled=False),
        "create_channel_type": client.chat.create_channel_type(name="club", **REQUIRED),
        "update_channel_type": client.chat.update_channel_type(name="club", **REQUIRED, grants={"agent": ["read-channel"]}),
        "get_channel_type": client.chat.get_channel_type(name="club"),
        "list_channel_types": client.chat.list_channel_types(),
        "delete_channel_type": client.chat.delete_channel_type(name="club"),
        "update_users": client.upsert_users(UserRequest(id="eve", name="Eve", custom={"hat": "red"})),
        "update_users_partial": client.update_users_partial(users=[UpdateUserPartialRequest(id="eve", set={"role": "agent"})]),
        "query_users": client.query_users(QueryUsersPayload(filter_conditions={})),
        "create_guest": client.create_guest(user=UserRequest(id="visitor")),
        "get_or_create_channel": as_ben.chat.channel("messaging", "general").get_or_create(state=True),
        "get_channel": channel.get(),
        "update_channel": channel.update(add_members=[ChannelMemberRequest(user_id="eve")]),
        "update_channel_partial": channel.update_channel_partial(set={"color": "red", "config_overrides": {"grants": {"user": ["!add-links"]}}}),
        "query_channels": client.chat.query_channels(filter_conditions={"type": "messaging"}, state=True),
        "query_members": client.chat.query_members(QueryMembersPayload(type="messaging", id="general", filter_conditions={})),
        "delete_channel": channel.delete(),
    }
    assert {name: gaps for name, answer in answers.items() if (gaps := missing(answer.data))} == {}


def test_the_search_for_gaps_finds_gaps():
    role = UserRequest(id="ana")
    assert missing(role) == []
    role.id = None
    assert missing({"users": [role]}) == ["['users'][0].id"]
