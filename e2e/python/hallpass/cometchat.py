"""An app of the profile ``cometchat``, and its REST API without an SDK: the vendor has none for Python."""

import uuid

import requests

from hallpass.server import CREDENTIALS, call

#: Where the REST API is served.
PREFIX = "/v3"


class CometChatApp:
    """An app with its full-access key."""

    def __init__(self, keys: dict):
        self.id = keys["id"]
        self.server_key = keys["server_key"]
        self.api_key = keys["api_key"]
        self.auth_key = keys["auth_key"]
        self.headers = {"apikey": self.api_key}

    @classmethod
    def new(cls) -> "CometChatApp":
        """Makes an app with nobody in it."""
        answer = call(
            "POST",
            "/v1/apps",
            headers={"Authorization": f"Bearer {CREDENTIALS['root_key']}"},
            json={"id": f"e2e-{uuid.uuid4()}", "profile": "cometchat"},
        )
        assert answer.status_code == 201, answer.text
        return cls(answer.json())

    def call(self, method: str, path: str, json: object = None, **headers: str) -> requests.Response:
        """One call with the full-access key."""
        return call(method, PREFIX + path, headers=self.headers | headers, json=json)

    def done(self, method: str, path: str, json: object = None) -> object:
        """One call that must succeed; its data."""
        answer = self.call(method, path, json)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]
