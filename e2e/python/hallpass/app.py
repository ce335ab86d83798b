"""An app of its own for each test, with the clients that talk to it. Apps share nothing, so tests may run side by side."""

import uuid

import requests
from getstream import Stream
from getstream.models import ChannelInput, ChannelMemberRequest, UserRequest
from stream_chat import StreamChat

from hallpass.decision import evaluate
from hallpass.server import CREDENTIALS, TIMEOUT_S, URL, call


class App:
    """An app of the profile ``stream``."""

    def __init__(self, keys: dict):
        self.id = keys["id"]
        self.server_key = keys["server_key"]
        self.api_key = keys["api_key"]
        self.api_secret = keys["api_secret"]
        #: ``stream-chat`` with the app's secret: nothing is checked. Speaks the unprefixed paths.
        self.chat = StreamChat(self.api_key, self.api_secret, timeout=TIMEOUT_S, base_url=URL)
        #: ``getstream`` with the app's secret: nothing is checked. Speaks ``/api/v2``.
        self.stream = Stream(api_key=self.api_key, api_secret=self.api_secret, base_url=URL, timeout=TIMEOUT_S)

    @classmethod
    def new(cls) -> "App":
        """Makes an app with the default roles and grants."""
        answer = call(
            "POST",
            "/v1/apps",
            headers={"Authorization": f"Bearer {CREDENTIALS['root_key']}"},
            json={"id": f"e2e-{uuid.uuid4()}", "profile": "stream"},
        )
        assert answer.status_code == 201, answer.text
        return cls(answer.json())

    def as_user(self, user_id: str) -> Stream:
        """``getstream`` as a user's device has it: a user token and no secret. Every call is checked."""
        return self.stream.clone_for_token(self.stream.create_token(user_id))

    def old_as_user(self, user_id: str) -> StreamChat:
        """``stream-chat`` in a user's name. It is made for servers; with a user's token in place of its own, the unprefixed paths are checked through it."""
        client = StreamChat(self.api_key, self.api_secret, timeout=TIMEOUT_S, base_url=URL)
        client.auth_token = client.create_token(user_id)
        return client

    def call_with(self, token: str | None, method: str, path: str, json: object = None, *, api_key: str | None = None) -> requests.Response:
        """One call with any token on any path of the Stream face, without an SDK."""
        address = path + ("&" if "?" in path else "?") + f"api_key={api_key or self.api_key}"
        headers = {"stream-auth-type": "jwt"}
        if token is not None:
            headers["Authorization"] = token
        return call(method, address, headers=headers, json=json)

    def may(self, user_id: str, action: str, resource: dict) -> str:
        """Asks for a decision, in one word: its reason code."""
        return evaluate(self.server_key, {"subject": {"type": "user", "id": user_id}, "action": {"name": action}, "resource": resource})

    def may_all(self, user_id: str, actions: list[str], resource: dict) -> dict[str, str]:
        """Several decisions for one subject and resource, by action."""
        return {action: self.may(user_id, action, resource) for action in actions}

    def people(self, *users: str | UserRequest) -> None:
        """Makes users, all with the default role unless one is given."""
        self.stream.upsert_users(*(UserRequest(id=user) if isinstance(user, str) else user for user in users))

    def channel_of(self, owner: str, cid: str, members: list[str] | None = None):
        """Makes a channel that ``owner`` created, with these members. Gives back the server-side channel of ``getstream``."""
        channel_type, channel_id = cid.split(":", 1)
        channel = self.stream.chat.channel(channel_type, channel_id)
        channel.get_or_create(data=ChannelInput(created_by_id=owner, members=[ChannelMemberRequest(user_id=user) for user in members or []]))
        return channel
