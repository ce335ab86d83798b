"""Actions, each with the call of ``getstream`` that needs it. ``prepare`` sets the scene as the back end."""

from dataclasses import dataclass
from typing import Any, Callable

from getstream.models import (
    ChannelInput,
    ChannelMemberRequest,
    EventRequest,
    MessageRequest,
    PollOptionInput,
    QueryMembersPayload,
    QueryMessageFlagsPayload,
    QueryUsersPayload,
    ReactionRequest,
    UpdateUserPartialRequest,
    VoteData,
)
from getstream import Stream

from hallpass.world import Persona, World


@dataclass(frozen=True)
class Case:
    """``also``: what the call needs besides. ``either``: what is enough in its place. ``owns``: who owns the resource."""

    action: str
    attempt: Callable[[Stream, World, Persona, Any], object]
    prepare: Callable[[World, Persona], Any] = lambda world, persona: None
    level: str = "messaging"
    also: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    owns: str = "owner"
    outside: bool = False


def _send(**message) -> Callable[[Stream, World, Persona, Any], object]:
    return lambda client, world, who, made: client.chat.send_message("messaging", "general", message=MessageRequest(**{"text": "hello", **message}))


def _message(world: World, who: Persona) -> str:
    return world.new_message(world.author_for(who))


def _somebody(world: World, who: Persona) -> str:
    return world.new_user()


def _channel(world: World, who: Persona) -> str:
    return world.new_channel()


def _poll(world: World, who: Persona):
    made = world.server.create_poll("Lunch?", options=[PollOptionInput(text="soup")], user_id=world.author_for(who))
    return made.data.poll


def _own_poll(world: World, who: Persona):
    return world.server.create_poll("Lunch?", options=[PollOptionInput(text="soup")], user_id=who.name).data.poll


def _poll_in_channel(world: World, who: Persona):
    poll = _poll(world, who)
    return poll, world.new_message("maker", poll_id=poll.id)


def _reaction(world: World, who: Persona) -> str:
    message = world.new_message("maker")
    world.server.chat.send_reaction(message, reaction=ReactionRequest(type="love", user_id=who.name))
    return message


def _deleted(world: World, who: Persona) -> str:
    channel = world.new_channel()
    world.server.chat.delete_channel("messaging", channel)
    return channel


def _flagged(world: World, who: Persona) -> str:
    message = world.new_message("bystander")
    return world.server.moderation.flag(entity_id=message, entity_type="stream:chat:v1:message", user_id="maker").data.item_id


def _list(world: World, who: Persona) -> str:
    name = world.fresh("list")
    world.server.create_block_list(name=name, words=["darn"])
    return name


def _config(world: World, who: Persona) -> str:
    key = world.fresh("config")
    world.server.moderation.upsert_config(key=key)
    return key


def _set(**fields) -> Callable[[Stream, World, Persona, Any], object]:
    return lambda client, world, who, user: client.update_users_partial(users=[UpdateUserPartialRequest(id=user, set=fields)])


def _open(client: Stream, channel_id: str):
    return client.chat.get_or_create_channel("messaging", channel_id)


def _patch(client: Stream, channel_id: str, **fields):
    return client.chat.update_channel_partial("messaging", channel_id, set=fields)


_MESSAGES = [
    Case("CreateMessage", _send()),
    Case("AddLinks", _send(text="see https://example.org/a"), also=("CreateMessage",)),
    Case("CreateAttachment", _send(attachments=[{"type": "file", "title": "notes"}]), also=("CreateMessage",)),
    Case("CreateMention", _send(mentioned_users=["maker"]), also=("CreateMessage",)),
    Case("NotifyHere", _send(mentioned_here=True), also=("CreateMessage",)),
    Case("NotifyChannel", _send(mentioned_channel=True), also=("CreateMessage",)),
    Case("NotifyRole", _send(mentioned_roles=["admin"]), also=("CreateMessage",)),
    Case("NotifyGroup", _send(mentioned_group_ids=["crew"]), also=("CreateMessage",)),
    Case("CreateSystemMessage", _send(type="system"), also=("CreateMessage",)),
    Case("CreateRestrictedVisibilityMessage", _send(restricted_visibility=["maker"]), also=("CreateMessage",)),
    Case("CreateReply", lambda c, w, who, message: c.chat.send_message("messaging", "general", message=MessageRequest(text="yes", parent_id=message)), _message),
    Case("UpdateMessage", lambda c, w, who, message: c.chat.update_message(message, message=MessageRequest(text="again")), _message),
    Case("PinMessage", lambda c, w, who, message: c.chat.update_message_partial(message, set={"pinned": True}), _message),
    Case("DeleteMessage", lambda c, w, who, message: c.chat.delete_message(message), _message),
    Case("RunMessageAction", lambda c, w, who, message: c.chat.run_message_action(message, form_data={"answer": "yes"}), _message),
    Case("CreateReaction", lambda c, w, who, message: c.chat.send_reaction(message, reaction=ReactionRequest(type="love")), _message),
    Case("DeleteReaction", lambda c, w, who, message: c.chat.delete_reaction(message, "love"), _reaction, owns="everybody"),
    Case("SendCustomEvent", lambda c, w, who, made: c.chat.send_event("messaging", "general", event=EventRequest(type="wave"))),
    Case("UpdateThread", lambda c, w, who, message: c.chat.update_thread_partial(message, set={"title": "plans"}), lambda w, who: _thread(w, who)),
    Case("TruncateChannel", lambda c, w, who, channel: c.chat.truncate_channel("messaging", channel), _channel),
    Case("SendPoll", lambda c, w, who, poll: c.chat.send_message("messaging", "general", message=MessageRequest(poll_id=poll.id)), _own_poll, also=("CreateMessage",)),
    Case("CastVote", lambda c, w, who, made: c.chat.cast_poll_vote(made[1], made[0].id, vote=VoteData(option_id=made[0].options[0].id)), _poll_in_channel),
    Case("QueryVotes", lambda c, w, who, made: c.query_poll_votes(made[0].id), _poll_in_channel, also=("ReadChannel",)),
]

_POLLS = [
    Case("CreatePoll", lambda c, w, who, made: c.create_poll("Lunch?", options=[PollOptionInput(text="soup")]), level=".app", owns="everybody"),
    Case("UpdatePoll", lambda c, w, who, poll: c.update_poll_partial(poll.id, set={"name": "Dinner?"}), _poll, level=".app"),
    Case("ClosePoll", lambda c, w, who, poll: c.update_poll_partial(poll.id, set={"is_closed": True}), _poll, level=".app"),
    Case("DeletePoll", lambda c, w, who, poll: c.delete_poll(poll.id), _poll, level=".app"),
    Case("QueryPolls", lambda c, w, who, poll: c.query_polls(), _poll, level=".app", owns="everybody"),
]


def _thread(world: World, who: Persona) -> str:
    message = _message(world, who)
    world.new_message("maker", parent_id=message)
    return message


_CHANNELS = [
    Case("CreateChannel", lambda c, w, who, made: _open(c, w.fresh("new")), owns="everybody", outside=True),
    Case("RecreateChannel", lambda c, w, who, channel: _open(c, channel), _deleted, outside=True),
    Case("CreateDistinctChannelForOthers", lambda c, w, who, other: c.chat.get_or_create_distinct_channel("messaging", data=ChannelInput(members=[ChannelMemberRequest(user_id=other), ChannelMemberRequest(user_id="maker")])), _somebody, also=("CreateChannel",), owns="everybody", outside=True),
    Case("ReadChannel", lambda c, w, who, made: _open(c, "general")),
    Case("ReadChannelMembers", lambda c, w, who, made: c.chat.query_members(payload=QueryMembersPayload(type="messaging", id="general", filter_conditions={}))),
    Case("UpdateChannel", lambda c, w, who, made: _patch(c, "general", name=w.fresh("name"))),
    Case("UpdateChannelFrozen", lambda c, w, who, channel: _patch(c, channel, frozen=True), _channel),
    Case("UpdateChannelCooldown", lambda c, w, who, channel: _patch(c, channel, cooldown=5), _channel),
    Case("UpdateChannelMembers", lambda c, w, who, channel: c.chat.update_channel("messaging", channel, add_members=[ChannelMemberRequest(user_id="bystander")]), _channel),
    Case("AddOwnChannelMembership", lambda c, w, who, channel: c.chat.update_channel("messaging", channel, add_members=[ChannelMemberRequest(user_id=who.name)]), _channel, either=("UpdateChannelMembers",)),
    Case("RemoveOwnChannelMembership", lambda c, w, who, channel: c.chat.update_channel("messaging", channel, remove_members=[who.name]), _channel, either=("UpdateChannelMembers",)),
    Case("MuteChannel", lambda c, w, who, made: c.chat.mute_channel(channel_cids=["messaging:general"])),
    Case("DeleteChannel", lambda c, w, who, channel: c.chat.delete_channel("messaging", channel), _channel),
]

_USERS = [
    Case("SearchUser", lambda c, w, who, made: c.query_users(QueryUsersPayload(filter_conditions={"id": "bystander"})), level=".app"),
    Case("MuteUser", lambda c, w, who, made: c.moderation.mute(target_ids=["bystander"]), level=".app"),
    Case("FlagUser", lambda c, w, who, made: c.moderation.flag(entity_id="bystander", entity_type="stream:user"), level=".app"),
    Case("UpdateUser", _set(name="Somebody"), lambda w, who: who.name if who.owner else w.new_user(), level=".app"),
    Case("UpdateUserRole", _set(role="moderator"), _somebody, level=".app", also=("UpdateUser",), owns="nobody"),
    Case("UpdateUserTeams", _set(teams=["red"]), _somebody, level=".app", also=("UpdateUser",), owns="nobody"),
]

_MODERATION = [
    Case("BanChannelMember", lambda c, w, who, user: c.moderation.ban(target_user_id=user, channel_cid="messaging:general"), _somebody, either=("BanUser",)),
    Case("BanUser", lambda c, w, who, user: c.moderation.ban(target_user_id=user), _somebody, level=".app", owns="nobody"),
    Case("FlagMessage", lambda c, w, who, message: c.moderation.flag(entity_id=message, entity_type="stream:chat:v1:message"), lambda w, who: w.new_message("bystander")),
    Case("ReadMessageFlags", lambda c, w, who, made: c.chat.query_message_flags(payload=QueryMessageFlagsPayload(filter_conditions={"channel_cid": "messaging:general"})), _flagged),
    Case("QueryModerationReviewQueue", lambda c, w, who, made: c.moderation.query_review_queue(), _flagged, level=".app", owns="nobody"),
    Case("SubmitModerationAction", lambda c, w, who, item: c.moderation.submit_action(action_type="mark_reviewed", item_id=item), _flagged, level=".app", owns="nobody"),
    Case("UpsertModerationConfig", lambda c, w, who, made: c.moderation.upsert_config(key=w.fresh("config")), level=".app", owns="nobody"),
    Case("ReadModerationConfig", lambda c, w, who, key: c.moderation.get_config(key), _config, level=".app", owns="nobody"),
    Case("DeleteModerationConfig", lambda c, w, who, key: c.moderation.delete_config(key), _config, level=".app", owns="nobody"),
    Case("CreateBlockList", lambda c, w, who, made: c.create_block_list(name=w.fresh("list"), words=["darn"]), level=".app", owns="nobody"),
    Case("ReadBlockLists", lambda c, w, who, made: c.list_block_lists(), level=".app", owns="nobody"),
    Case("UpdateBlockList", lambda c, w, who, name: c.update_block_list(name, words=["drat"]), _list, level=".app", owns="nobody"),
    Case("DeleteBlockList", lambda c, w, who, name: c.delete_block_list(name), _list, level=".app", owns="nobody"),
]

CASES = [*_MESSAGES, *_POLLS, *_CHANNELS, *_USERS, *_MODERATION]

#: Actions that the JavaScript matrix exercises and this one does not, and why.
ELSEWHERE = {
    "DeleteAttachment": "uploads are tried through the JavaScript client",
    "UploadAttachment": "uploads are tried through the JavaScript client",
    "ReadDisabledChannel": "standing is tried through the JavaScript client",
    "ReadFlagReports": "getstream has no call for flag reports",
    "UpdateFlagReport": "getstream has no call for flag reports",
    "ReadRestrictedVisibilityMessage": "standing is tried through the JavaScript client",
    "ShareLocation": "standing is tried through the JavaScript client",
    "SkipChannelCooldown": "standing is tried through the JavaScript client",
    "SkipMessageModeration": "standing is tried through the JavaScript client",
    "UnblockMessage": "getstream has no call for it",
    "UseFrozenChannel": "standing is tried through the JavaScript client",
}
