"""What is documented of Stream's permissions and default grants: the expectations of the client-side suite. Nothing here asks the server."""

import json
from pathlib import Path

_FACTS = Path(__file__).parents[3] / "corpus" / "facts"
_PERMISSIONS = json.loads((_FACTS / "stream_permissions.json").read_text())["permissions"]
_BY_ID = {permission["id"]: permission for permission in _PERMISSIONS}

#: Level, role, ids.
DEFAULT_GRANTS = json.loads((_FACTS / "stream_recommended_grants.json").read_text())["recommended"]
#: All actions of chat and moderation.
ACTIONS = sorted({permission["action"] for permission in _PERMISSIONS})


def ids_of(action: str) -> set[str]:
    """Every id that opens an action."""
    return {permission["id"] for permission in _PERMISSIONS if permission["action"] == action}


def plain_id_of(action: str) -> str:
    """The id that opens an action for everybody in the team, whoever owns the resource."""
    return next(p["id"] for p in _PERMISSIONS if p["action"] == action and not p["owner"] and p["same_team"])


def opens(grants: dict[str, list[str]], roles: list[str], action: str, owns: bool) -> bool:
    """Whether grants open an action to somebody with these roles, who owns the resource or does not. Teams are off, so they do not count."""
    held = (_BY_ID.get(permission) for role in roles for permission in grants.get(role, []))
    return any(permission and permission["action"] == action and (owns or not permission["owner"]) for permission in held)
