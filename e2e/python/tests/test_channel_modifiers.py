""""Channel-level permissions": one channel gives and takes (``!``) besides what its type grants."""

import pytest

from hallpass.decision import channel as on
from hallpass.refusal import bad_input, refused, server_only

EXAMPLE = "livestream:example"
OTHER = "livestream:other"
#: The modifiers of Stream's page "User Permissions".
MODIFIERS = {"user": ["!add-links", "create-reaction"]}
AS_THE_TYPE_SAYS = {"AddLinks": "granted", "CreateReaction": "no_grant"}
AS_THE_CHANNEL_SAYS = {"AddLinks": "no_grant", "CreateReaction": "granted"}


@pytest.fixture
def livestreams(app):
    """Two livestreams; users may send links in them and not react."""
    app.people("host", "ben")
    grants = app.chat.get_channel_type("livestream")["grants"]
    app.chat.update_channel_type("livestream", grants={"user": [id for id in grants["user"] if id != "create-reaction"]})
    app.channel_of("host", EXAMPLE)
    app.channel_of("host", OTHER)
    return app


def links_and_reactions(app, cid):
    return app.may_all("ben", ["AddLinks", "CreateReaction"], on(cid))


def capabilities(app, channel_id):
    return app.as_user("ben").chat.channel("livestream", channel_id).get_or_create().data.channel.own_capabilities


def test_getstream(livestreams):
    app = livestreams
    channel = app.stream.chat.channel("livestream", "example")
    assert links_and_reactions(app, EXAMPLE) == AS_THE_TYPE_SAYS
    assert "send-links" in capabilities(app, "example")

    result = channel.update_channel_partial(set={
        "config_overrides": {
            "grants": {
                "user": ["!add-links", "create-reaction"],
            }
        }
    })

    assert result.data.channel.config.grants == MODIFIERS
    assert links_and_reactions(app, EXAMPLE) == AS_THE_CHANNEL_SAYS
    assert links_and_reactions(app, OTHER) == AS_THE_TYPE_SAYS
    assert "send-links" not in capabilities(app, "example") and "send-reaction" in capabilities(app, "example")
    assert "send-links" in capabilities(app, "other") and "send-reaction" not in capabilities(app, "other")

    cleared = channel.update_channel_partial(set={"config_overrides": {}})
    assert cleared.data.channel.config.grants is None
    assert links_and_reactions(app, EXAMPLE) == AS_THE_TYPE_SAYS


def test_stream_chat(livestreams):
    app = livestreams
    channel = app.chat.channel("livestream", "example")
    # This SDK sends `"unset": []` beside it.
    result = channel.update_partial(to_set={"config_overrides": {"grants": MODIFIERS}})
    assert result["channel"]["config"]["grants"] == MODIFIERS
    assert links_and_reactions(app, EXAMPLE) == AS_THE_CHANNEL_SAYS
    assert links_and_reactions(app, OTHER) == AS_THE_TYPE_SAYS
    result = channel.update_partial(to_set={"config_overrides": {}})
    assert "grants" not in result["channel"]["config"]
    assert links_and_reactions(app, EXAMPLE) == AS_THE_TYPE_SAYS


def test_config_overrides_is_for_the_server_side(livestreams):
    app = livestreams
    app.chat.update_channel_type("livestream", grants={"user": ["read-channel", "update-channel"]})
    assert app.may("host", "UpdateChannel", on(EXAMPLE)) == "granted"
    with refused() as refusal:
        app.as_user("host").chat.channel("livestream", "example").update_channel_partial(set={"config_overrides": {"grants": {"user": ["ban-channel-member"]}}})
    assert refusal.told == server_only("UpdateChannelPartial", "changing config_overrides")
    assert app.may("host", "BanChannelMember", on(EXAMPLE)) == "no_grant"


@pytest.mark.parametrize(("grants", "text"), [
    ({"user": ["!add-link"]}, ".user: no such permission 'add-link' (did you mean 'add-links'?)"),
    ({"usr": ["create-reaction"]}, ": no such role 'usr' (did you mean 'user'?)"),
    ({"user": ["search-user"]}, ".user: permission 'search-user' is app-level and has no effect at 'livestream'"),
])
def test_what_is_not_known_is_named_and_nothing_changes(livestreams, grants, text):
    channel = livestreams.stream.chat.channel("livestream", "example")
    channel.update_channel_partial(set={"config_overrides": {"grants": MODIFIERS}})
    with refused() as refusal:
        channel.update_channel_partial(set={"config_overrides": {"grants": grants}})
    assert refusal.told == bad_input("UpdateChannelPartial", f"set.config_overrides.grants{text}")
    assert channel.get_or_create().data.channel.config.grants == MODIFIERS
