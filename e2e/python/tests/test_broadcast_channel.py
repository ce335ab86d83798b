""""Broadcast and Reply-only Channels": a few write, all others read, react and reply."""

from getstream.models import ChannelInputRequest, ChannelMemberRequest

from hallpass.decision import channel as on
from hallpass.refusal import not_allowed_in, refused

NEWS = "broadcast:news"
ACTIONS = ["ReadChannel", "CreateReaction", "CreateReply", "CreateMessage", "UpdateChannel"]
#: What members of the broadcast are left with.
AUDIENCE = ["read-channel", "create-reaction", "create-reply"]
AS_AUDIENCE = {"ReadChannel": "granted", "CreateReaction": "granted", "CreateReply": "granted", "CreateMessage": "no_grant", "UpdateChannel": "no_grant"}
AS_EDITOR = dict.fromkeys(ACTIONS, "granted")


def stage(app):
    """A channel with an editor who moderates it, a reader who is a member, and a stranger."""
    app.people("owner", "editor", "reader", "stranger")
    news = app.channel_of("owner", NEWS)
    news.update(add_members=[ChannelMemberRequest(user_id="editor", channel_role="channel_moderator"), ChannelMemberRequest(user_id="reader")])


def assert_is_a_broadcast(app):
    assert app.may_all("reader", ACTIONS, on(NEWS)) == AS_AUDIENCE
    assert app.may_all("editor", ACTIONS, on(NEWS)) == AS_EDITOR
    assert app.may("stranger", "ReadChannel", on(NEWS)) == "no_grant"
    reader = app.as_user("reader").chat.channel("broadcast", "news")
    capabilities = reader.get_or_create().data.channel.own_capabilities
    assert "send-reply" in capabilities and "send-reaction" in capabilities and "send-message" not in capabilities
    with refused() as refusal:
        reader.update(data=ChannelInputRequest(custom={"name": "Mine"}))
    assert refusal.told == not_allowed_in("broadcast", "UpdateChannel", "reader", ["user", "channel_member"], "UpdateChannel")
    with refused() as refusal:
        app.as_user("stranger").chat.channel("broadcast", "news").get_or_create()
    assert refusal.told == not_allowed_in("broadcast", "GetOrCreateChannel", "stranger", ["user"], "ReadChannel")
    edited = app.as_user("editor").chat.channel("broadcast", "news").update(data=ChannelInputRequest(custom={"name": "News"}))
    assert edited.data.channel.custom["name"] == "News"


def test_getstream(app):
    required = dict(automod="disabled", automod_behavior="flag", max_message_length=5000)
    app.stream.chat.create_channel_type(name="broadcast", **required)
    stage(app)
    assert app.may("reader", "CreateMessage", on(NEWS)) == "granted"
    app.stream.chat.update_channel_type(name="broadcast", **required, grants={"channel_member": AUDIENCE, "user": []})
    assert_is_a_broadcast(app)


def test_stream_chat(app):
    app.chat.create_channel_type({"name": "broadcast"})
    stage(app)
    assert app.may("reader", "CreateMessage", on(NEWS)) == "granted"
    app.chat.update_channel_type("broadcast", grants={"channel_member": AUDIENCE, "user": []})
    assert_is_a_broadcast(app)
