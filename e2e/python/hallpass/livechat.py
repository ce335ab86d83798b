"""An app of LiveChat's profile for each test, over TLS on loopback: ``lc-sdk-python`` speaks nothing else."""

import base64
import json
import os
import queue
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Iterator
from urllib.parse import urlparse

import httpx
import requests
from livechat.agent.web.base import AgentWeb
from livechat.configuration.base import ConfigurationApi

from hallpass.server import TIMEOUT_S

URL = os.environ.get("HALLPASS_TLS_URL", "")
CA = os.environ.get("HALLPASS_CA", "")


def _call(method: str, path: str, key: str, body: object) -> dict:
    answer = requests.request(method, URL + path, headers={"Authorization": f"Bearer {key}"}, json=body, timeout=TIMEOUT_S, verify=CA)
    assert answer.status_code < 300, answer.text
    return answer.json()


class LivechatApp:
    """An organization with its owner and one OAuth client."""

    def __init__(self, keys: dict):
        self.id = keys["id"]
        self.server_key = keys["server_key"]
        self.client_id = keys["client_id"]
        self.organization_id = keys["organization_id"]
        self.owner = keys["account_id"]
        self.owner_pat = keys["pat"]

    @classmethod
    def new(cls) -> "LivechatApp":
        assert URL, "HALLPASS_TLS_URL is not set; run `cargo xtask test python`"
        root_key = json.loads(Path(os.environ["HALLPASS_TLS_CREDENTIALS"]).read_text())["root_key"]
        return cls(_call("POST", "/v1/apps", root_key, {"id": f"e2e-{uuid.uuid4()}", "profile": "livechat"}))

    def native(self, method: str, path: str, body: object) -> dict:
        """One call of the native face, with the app's server key."""
        return _call(method, f"/v1/apps/{self.id}{path}", self.server_key, body)

    def person(self, account: str, role: str, *groups: int) -> str:
        """An account with a role, in groups. What the vendor does by invitation."""
        teams = [str(group) for group in groups or (0,)]
        self.native("POST", "/changes", {"changes": [{"change": "user_put", "id": account, "roles": [role], "teams": teams}]})
        return account

    def pat(self, account: str, *scopes: str) -> str:
        """A personal access token, as the header that the SDK sends."""
        secret = self.native("POST", "/tokens", {"account_id": account, "scopes": list(scopes)})["pat"]
        return "Basic " + base64.b64encode(f"{account}:{secret}".encode()).decode()

    def access_token(self, account: str, *scopes: str) -> str:
        """An access token of the app's client, as the header that the SDK sends."""
        secret = self.native("POST", "/tokens", {"account_id": account, "scopes": list(scopes), "client_id": self.client_id})["pat"]
        return f"Bearer {secret}"

    def chat(self, authorization: str, version: str = "3.6"):
        """The SDK of the Agent Chat API."""
        return AgentWeb.get_client(authorization, version, **self._where())

    def configuration(self, authorization: str, version: str = "3.6"):
        """The SDK of the Configuration API."""
        return ConfigurationApi.get_client(authorization, version, **self._where())

    @staticmethod
    def _where() -> dict:
        return {"base_url": urlparse(URL).netloc, "verify": CA, "disable_logging": True, "timeout": httpx.Timeout(TIMEOUT_S)}


def done(answer: httpx.Response) -> object:
    """The body of a call that worked. The SDK raises nothing."""
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, type and message of a call that was refused."""
    body = answer.json()
    assert set(body) == {"error"}, body
    error = body["error"]
    assert set(error) <= {"type", "message", "data"}, body
    return answer.status_code, error["type"], error["message"]


def missing_scopes(answer: httpx.Response) -> list[list[str]]:
    """The sets of scopes, any one of which would do, of a call that lacked them. The header says it, too."""
    assert refusal(answer)[:2] == (403, "authorization"), answer.text
    data = answer.json()["error"]["data"]
    assert data["reason"] == "scope_missing", data
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge, challenge
    for scope in {scope for needed in data["missing_scopes"] for scope in needed}:
        assert scope in challenge, challenge
    return data["missing_scopes"]


class Receiver:
    """A receiver of webhooks on loopback."""

    def __init__(self):
        self._received: queue.Queue = queue.Queue()
        received = self._received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(204)
                self.end_headers()
                received.put((dict(self.headers), body))

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def next(self) -> tuple[dict, bytes]:
        """Waits for a delivery: its headers (lower case) and body."""
        headers, body = self._received.get(timeout=TIMEOUT_S)
        return {name.lower(): value for name, value in headers.items()}, body

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def receiving() -> Iterator[Receiver]:
    """For a fixture."""
    receiver = Receiver()
    yield receiver
    receiver.close()
