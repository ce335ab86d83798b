"""Refusals and errors of the Stream face, checked whole."""

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Iterator

import pytest
import requests
from getstream.exceptions import StreamApiException
from stream_chat.base.exceptions import StreamAPIException


@dataclass
class Told:
    """What tells one error from another."""

    code: int
    status_code: int
    message: str


class _Caught:
    told: Told


@contextmanager
def refused() -> Iterator[_Caught]:
    """Expects one call of either SDK to fail, checks the shape of the error body, and keeps what tells it apart in ``.told``."""
    caught = _Caught()
    with pytest.raises((StreamApiException, StreamAPIException)) as raised:
        yield caught
    error = raised.value
    if isinstance(error, StreamApiException):
        caught.told = _read(error.status_code, error.raw_response_body)
        assert (error.code, error.message) == (caught.told.code, caught.told.message)
        assert error.api_error is not None
    else:
        caught.told = _read(error.status_code, error.response_text)
        assert (error.error_code, error.error_message) == (caught.told.code, caught.told.message)


def told_in(answer: requests.Response) -> Told:
    """The same for an answer without an SDK."""
    return _read(answer.status_code, answer.text)


def _read(status_code: int, text: str) -> Told:
    body = json.loads(text)
    assert set(body) >= {"code", "message", "StatusCode", "duration", "more_info", "details"}, body
    assert set(body) <= {"code", "message", "StatusCode", "duration", "more_info", "details", "exception_fields", "unrecoverable", "hallpass"}, body
    assert body["StatusCode"] == status_code, "the status inside must be the status outside"
    assert re.fullmatch(r"\d+(\.\d+)?(ms|µs|s)", body["duration"]), body
    assert body["details"] == []
    if body["code"] == 17:
        assert re.fullmatch(r"[a-z_]+", body["hallpass"]["reason"]), f"a refusal says why: {body}"
    return Told(body["code"], body["StatusCode"], body["message"])


def not_allowed_in(scope: str, operation: str, user: str, roles: list[str], action: str) -> Told:
    """What a user is told who may not do something in a channel."""
    named = ", ".join(f"'{role}'" for role in roles)
    return not_allowed(operation, f"User '{user}' with roles [{named}] is not allowed to perform action {action} in scope '{scope}'")


def not_allowed_in_app(operation: str, user: str, role: str, action: str) -> Told:
    """What a user is told who may not do something in the app."""
    return not_allowed(operation, f"User '{user}' with role '{role}' is not allowed to perform action {action}")


def not_allowed(operation: str, text: str) -> Told:
    return Told(17, 403, f'{operation} failed with error: "{text}"')


def server_only(operation: str, what: str = "this operation") -> Told:
    """What a user is told who does what only the back end may do."""
    return not_allowed(operation, f"{what} is only allowed with server-side authentication")


def bad_input(operation: str, text: str) -> Told:
    """What is told about an input that means nothing."""
    return Told(4, 400, f'{operation} failed with error: "{text}"')


def missing(operation: str, text: str) -> Told:
    """What is told about something that is not there."""
    return Told(16, 404, f'{operation} failed with error: "{text}"')
