"""Where the server under test is, and the key that manages its apps. ``cargo xtask test python`` sets both."""

import json
import os
from pathlib import Path

import requests

#: How long one call may take. Generous: a debug build on a busy machine, with a disk that really syncs.
TIMEOUT_S = 30.0


def _setting(name: str, meaning: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"{name} is not set ({meaning}). Run `cargo xtask test python`, or see docs/testing.md for running the suite against your own server.")
    return value


URL = _setting("HALLPASS_URL", "the base URL of a running server")
CREDENTIALS = json.loads(Path(_setting("HALLPASS_CREDENTIALS", "the path of that server's credentials.json")).read_text())


def call(method: str, path: str, *, headers: dict | None = None, json: object = None) -> requests.Response:
    """One HTTP call without any SDK in between."""
    return requests.request(method, URL + path, headers=headers, json=json, timeout=TIMEOUT_S)
