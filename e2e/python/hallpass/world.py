"""The people of the client-side suite, and the app in which each action is tried."""

import itertools
from dataclasses import dataclass

from getstream import Stream
from getstream.models import ChannelInput, ChannelMemberRequest, MessageRequest, UserRequest

from hallpass.app import App


@dataclass(frozen=True)
class Persona:
    """A user role, and a channel role for those who are members of the channel."""

    name: str
    role: str
    channel_role: str | None = None
    owner: bool = False


#: ``getstream`` has no anonymous client, so there is one less than in the JavaScript matrix.
PERSONAS = [
    Persona("user", "user"),
    Persona("guest", "guest"),
    Persona("member", "user", "channel_member"),
    Persona("channel-moderator", "user", "channel_moderator"),
    Persona("moderator", "moderator"),
    Persona("admin", "admin"),
    Persona("owner", "user", owner=True),
]
_MEMBERS = [ChannelMemberRequest(user_id=one.name, channel_role=one.channel_role) for one in PERSONAS if one.channel_role]
#: What ``getstream`` demands with every update of a channel type.
_SETTINGS = {"automod": "disabled", "automod_behavior": "flag", "max_message_length": 5000}


class World:
    """An app with everybody in it, a maker of what is nobody's of theirs, and a channel that the owner made."""

    def __init__(self):
        self.app = App.new()
        self.server = self.app.stream
        self.app.people("maker", "bystander", *(UserRequest(id=one.name, role=one.role) for one in PERSONAS))
        self._clients = {one: self.app.as_user(one.name) for one in PERSONAS}
        self._number = itertools.count(1)
        self.server.chat.update_channel_type("messaging", **_SETTINGS, polls=True)
        self.new_channel("general")

    def by(self, persona: Persona) -> Stream:
        """``getstream`` with their token."""
        return self._clients[persona]

    def author_for(self, persona: Persona) -> str:
        """In whose name things are made that the owner is to own."""
        return persona.name if persona.owner else "maker"

    def fresh(self, what: str = "thing") -> str:
        """A name that nothing has yet."""
        return f"{what}-{next(self._number)}"

    def new_channel(self, channel_id: str | None = None, **data) -> str:
        """A channel that the owner made and that the two members are in."""
        channel_id = channel_id or self.fresh("channel")
        made = ChannelInput(created_by_id="owner", members=_MEMBERS, **data)
        self.server.chat.get_or_create_channel("messaging", channel_id, data=made)
        return channel_id

    def new_message(self, author: str, channel_id: str = "general", **message) -> str:
        """A message in a channel."""
        request = MessageRequest(**{"text": "hello", "user_id": author, **message})
        return self.server.chat.send_message("messaging", channel_id, message=request).data.message.id

    def new_user(self) -> str:
        """Somebody to whom things are done."""
        user_id = self.fresh("user")
        self.app.people(user_id)
        return user_id

    def set_grants(self, level: str, grants: dict[str, list[str]]) -> None:
        """Replaces grants of roles at a level."""
        if level == ".app":
            self.server.update_app(grants=grants)
        else:
            self.server.chat.update_channel_type(level, **_SETTINGS, grants=grants)
