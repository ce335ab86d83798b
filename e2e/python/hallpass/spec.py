"""Whether an answer of ``/api/v2`` holds everything that Stream's specification requires.

``getstream`` is generated from that specification: a field of its models without a default is required. It fills missing ones in
with ``None`` without a word, so programs would fail later, at first use.
"""

import dataclasses


def missing(answer: object, path: str = "") -> list[str]:
    """The required fields that are not there, as paths."""
    if dataclasses.is_dataclass(answer):
        found = []
        for field in dataclasses.fields(answer):
            value = getattr(answer, field.name)
            where = f"{path}.{field.name}" if path else field.name
            required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            if value is None and required:
                found.append(where)
            found.extend(missing(value, where))
        return found
    if isinstance(answer, dict):
        return [one for key, value in answer.items() for one in missing(value, f"{path}[{key!r}]")]
    if isinstance(answer, list):
        return [one for index, value in enumerate(answer) for one in missing(value, f"{path}[{index}]")]
    return []
