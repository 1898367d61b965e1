"""The description of the API as a page: every operation, its roles, its fields, and every error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response

from api import rendering
from api.access import GuardedRoute, allows_everybody
from matcher.errors import MatcherError

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/docs")
@allows_everybody
def reference(request: Request) -> Response:
    """Show what the API can do."""
    schema = request.app.openapi()
    return rendering.page(
        request,
        "reference.html",
        {
            "groups": _groups(schema),
            "errors": sorted(_described_errors(), key=lambda row: (row["status"], row["code"])),
        },
    )


def all_errors(kind: type[MatcherError] = MatcherError) -> Iterator[type[MatcherError]]:
    """Yield every class of error that can be answered."""
    yield kind
    for child in kind.__subclasses__():
        yield from all_errors(child)


def _described_errors() -> Iterator[dict[str, Any]]:
    for kind in all_errors():
        code = kind.__new__(kind).code
        yield {"code": code, "status": kind.status, "title": kind.title, "remedy": kind.remedy}


def _groups(schema: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            described = {
                "method": method.upper(),
                "path": path,
                **operation,
                "parameters": [{"description": "", **each} for each in operation.get("parameters", [])],
                "example": _example(schema, operation),
            }
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(described)
    return groups


def _example(schema: dict[str, Any], operation: dict[str, Any]) -> str | None:
    content = (
        operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    )
    name = str(content.get("$ref", "")).rpartition("/")[2]
    examples = schema["components"]["schemas"].get(name, {}).get("examples")
    return json.dumps(examples[0], ensure_ascii=False, indent=2) if examples else None
