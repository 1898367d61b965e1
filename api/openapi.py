"""The OpenAPI description: how to authenticate, which roles an operation asks for, and its errors."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from api import csrf
from api.access import Access, access_of
from api.schemas.common import Problem

_PROBLEMS = {
    401: "Nobody is signed in.",
    403: "The caller lacks the role, or the form token.",
    404: "It does not exist, or may not be seen.",
    409: "It contradicts what is stored.",
    412: "Somebody else changed it since it was read.",
    422: "A field cannot be used; `errors` names it.",
    428: "If-Match is missing.",
}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text, "content": {"application/problem+json": {}}}
    for status, text in _PROBLEMS.items()
    if status not in (412, 428)
}
CHANGE_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": _PROBLEMS[status], "content": {"application/problem+json": {}}}
    for status in (412, 428)
}
_SCHEMES = {
    "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key, made under /api/v1/api-keys."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "matcher",
        "description": f"The session of somebody who is signed in; writes also need {csrf.HEADER}.",
    },
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of up to 200 characters; the same request with the same key is done once.",
    "schema": {"type": "string", "maxLength": 200},
}


def describe_access(app: FastAPI) -> None:
    """Make ``app.openapi`` tell the roles and the ways to authenticate of every operation."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _describe(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schema.setdefault("components", {})["securitySchemes"] = _SCHEMES
    for route in iter_route_contexts(app.routes):
        operations = schema["paths"].get(route.path_format or route.path, {})
        for method in route.methods or ():
            if operation := operations.get(method.lower()):
                _describe_operation(operation, method, access_of(route.endpoint))
    return schema


def _describe_operation(operation: dict[str, Any], method: str, access: Access) -> None:
    operation["x-roles"] = sorted(role.value for role in access.roles)
    operation["security"] = [] if access.is_public else [{"apiKey": []}, {"session": []}]
    if method == "POST":
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
