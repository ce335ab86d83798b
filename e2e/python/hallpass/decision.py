"""Decisions, asked the standard way: AuthZEN 1.0 with the app's server key."""

from hallpass.server import call


def evaluate(server_key: str, question: dict) -> str:
    """Asks one question. The answer is checked whole and given back as its reason code, which also says whether it was allowed."""
    answer = call("POST", "/access/v1/evaluation", headers={"Authorization": f"Bearer {server_key}"}, json=question)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert sorted(body) == ["context", "decision"], body
    context = body["context"]
    assert isinstance(context["revision"], int), body
    assert context["text"], body
    assert body["decision"] is (context["reason"] == "granted"), f"the reason must fit the decision in {body}"
    return context["reason"]


def channel(cid: str) -> dict:
    """A channel, named ``type:id``."""
    return {"type": "channel", "id": cid}


def message(cid: str, author: str) -> dict:
    """A message in a channel, which Hallpass does not store: its channel and author come with the question."""
    return {"type": "message", "id": "message-1", "properties": {"channel": cid, "owner": author}}


def attachment(cid: str, uploader: str) -> dict:
    """An uploaded file in a channel."""
    return {"type": "attachment", "id": "file-1", "properties": {"channel": cid, "owner": uploader}}


def user(user_id: str) -> dict:
    """A user."""
    return {"type": "user", "id": user_id}
