"""The description of the API is complete, and its examples can be used as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from api.schemas.common import Intake, Problem
from tests.api.conftest import World

PUBLIC = ("/health", "/ready", "/notices/feed/{secret}", "POST /api/v1/partner-requests")


def all_shapes(kind: type[BaseModel] = Intake) -> Iterator[type[BaseModel]]:
    for child in kind.__subclasses__():
        yield child
        yield from all_shapes(child)


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_description_is_public_and_names_roles_and_errors(world: World) -> None:
    schema = world.client.get("/api/v1/openapi.json").json()
    for name, operation in operations(schema):
        assert operation["x-roles"] or name.endswith(PUBLIC), name
        assert operation["security"] or name.endswith(PUBLIC), name
        assert operation["description"], name
        assert "HTTPValidationError" not in str(operation["responses"]), name
        if "{" in name:
            assert "404" in operation["responses"], name
    assert all(path.startswith("/api/v1/") for path in schema["paths"])


def test_a_write_says_how_it_is_repeated_and_a_change_which_version_it_needs(world: World) -> None:
    schema = world.client.get("/api/v1/openapi.json").json()
    for name, operation in operations(schema):
        headers = {each["name"].lower() for each in operation.get("parameters", []) if each["in"] == "header"}
        assert ("idempotency-key" in headers) == name.startswith("POST"), name
        assert ("if-match" in headers) == ("412" in operation["responses"]), name


def test_every_body_has_an_example_that_is_valid(world: World) -> None:
    schema = world.client.get("/api/v1/openapi.json").json()
    for name, operation in operations(schema):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            component = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert schema["components"]["schemas"][component].get("examples"), name
    for shape in all_shapes():
        extra = shape.model_config.get("json_schema_extra")
        for example in extra.get("examples", []) if isinstance(extra, dict) else []:
            shape.model_validate(example)


def test_examples_work_as_they_are(world: World) -> None:
    schema = world.client.get("/api/v1/openapi.json").json()

    def example(name: str) -> dict[str, Any]:
        found: dict[str, Any] = schema["components"]["schemas"][name]["examples"][0]
        return found

    for path, name, by in (
        ("/entries", "EntryCreate", "officer"),
        ("/search", "SearchRequest", "officer"),
        ("/organisations", "OrganisationCreate", "administrator"),
        ("/invitations", "InvitationCreate", "administrator"),
        ("/api-keys", "KeyCreate", "coordinator"),
    ):
        answer = world.post(path, by, json=example(name))
        assert answer.status_code in (200, 201), (path, answer.text)
    answer = world.post("/partner-requests", None, json=example("PartnerRequestCreate"))
    assert answer.status_code == 204
    assert world.call("PUT", "/mappings/x", json=example("MappingSave")).status_code == 200


def test_no_field_may_be_anything_unless_that_is_meant(world: World) -> None:
    schema = world.client.get("/api/v1/openapi.json").json()
    vague = [
        f"{name}.{field}"
        for name, component in schema["components"]["schemas"].items()
        for field, described in component.get("properties", {}).items()
        if not set(described) & {"type", "$ref", "anyOf", "allOf", "enum", "const"}
    ]
    assert vague == []


def test_a_problem_is_what_the_description_says(world: World) -> None:
    for answer in (world.get("/entries/none"), world.post("/entries", json={}), world.get("/me", None)):
        Problem.model_validate(answer.json())


def test_the_reference_page_shows_every_operation_and_every_error(world: World) -> None:
    page = world.client.get("/docs").text
    schema = world.client.get("/api/v1/openapi.json").json()
    for path in schema["paths"]:
        assert path.replace("{", "{") in page
    assert 'id="entry-not-found"' in page
    assert 'id="idempotency-key-reused"' in page
