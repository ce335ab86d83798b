"""Every operation of CometChat's OpenAPI document, fed with generated input: nothing breaks, and every answer has the documented form.

The document is ``corpus/facts/cometchat_openapi_excerpt.json``, with 42 operations.
"""

import json
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from hallpass.cometchat import PREFIX, CometChatApp
from hallpass.server import TIMEOUT_S, URL

DOCUMENT = json.loads((Path(__file__).parents[3] / "corpus/facts/cometchat_openapi_excerpt.json").read_text())
# Two lists whose schema is that of one row, against the document's own examples, and against what clients read.
for listed in ("/groups/{guid}/members", "/groups/{guid}/bannedusers"):
    properties = DOCUMENT["paths"][listed]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
    properties["data"] = {"type": "array", "items": properties["data"]}
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: Bounded, so that all operations together take less than a minute; the same inputs on every run.
BOUNDED = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
#: What the paths name: things that are there.
KNOWN = {"uid": "superhero2", "guid": "supergroup", "role": "manager", "scope": "participant", "permission": "sendMessage"}
#: Bodies that are right for what is there, where chance does not find any.
RIGHT = {
    ("delete", "/users/{uid}/friends"): {"friends": ["superhero3"]},
    ("put", "/groups/{guid}/members/{uid}"): {"scope": "moderator"},
}
OPERATIONS = [(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods if method in ("get", "put", "post", "delete")]


@pytest.fixture(scope="module")
def comet() -> CometChatApp:
    return CometChatApp.new()


def populate(comet: CometChatApp) -> None:
    """Users, a role and a group, as if nothing had been deleted yet."""
    for uid in ("superhero1", "superhero2", "superhero3"):
        comet.call("POST", "/users", {"uid": uid, "name": uid})
    comet.call("PUT", "/users", {"uidsToActivate": ["superhero1", "superhero2", "superhero3"]})
    comet.call("POST", "/roles", {"role": "manager", "name": "Manager"})
    comet.call("POST", "/groups", {"guid": "supergroup", "name": "Super group", "type": "public", "owner": "superhero1"})
    comet.call("POST", "/groups/supergroup/members", {"participants": ["superhero2"]})
    comet.call("POST", "/users/superhero2/friends", {"accepted": ["superhero3"]})


def ask(comet: CometChatApp, case: schemathesis.Case):
    """Sends a case with the full-access key, and nobody's name but one that is known."""
    headers = {name: value for name, value in (case.headers or {}).items() if name.lower() not in ("apikey", "onbehalfof")}
    case.headers = headers | comet.headers
    return case.call_and_validate(base_url=URL + PREFIX, checks=CHECKS, timeout=TIMEOUT_S)


def test_the_document_has_42_operations():
    assert len(OPERATIONS) == 42


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method.upper()} {path}" for method, path in OPERATIONS])
def test_answers_conform(comet, method, path):
    operation = SCHEMA[path][method.upper()]
    statuses = set()
    populate(comet)

    def known(case: schemathesis.Case) -> schemathesis.Case:
        case.path_parameters = {name: KNOWN[name] for name in (case.path_parameters or {})}
        return case

    @BOUNDED
    @given(case=operation.as_strategy())
    def anything(case):
        ask(comet, case)

    @BOUNDED
    @given(case=operation.as_strategy().map(known))
    def about_what_is_there(case):
        statuses.add(ask(comet, case).status_code)

    anything()
    populate(comet)
    about_what_is_there()
    if (method, path) in RIGHT:
        populate(comet)
        names = {name: KNOWN[name] for name in KNOWN if f"{{{name}}}" in path}
        statuses.add(ask(comet, operation.Case(path_parameters=names, body=RIGHT[method, path], media_type="application/json")).status_code)
    assert 200 in statuses, f"no input of {method.upper()} {path} was right: {sorted(statuses)}"

