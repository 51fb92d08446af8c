"""The OpenAPI 3.1 document: made from the routes, the schemas and the forms in force."""

from threading import Lock
from typing import Any, Final

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask
from flask_smorest import Api, Blueprint

from referral.api.errors import MEDIA_TYPE
from referral.api.shapes import ProblemShape
from referral.cases.forms_in_force import OF_THEIR_OWN_OPERATION, shelf
from referral.cases.schemas import answers_name, answers_reference

CONFIGURATION: Final = {
    "API_TITLE": "Case hand-over",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api/v1",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "components": {"securitySchemes": {"session": {"type": "http", "scheme": "bearer"}}},
        "security": [{"session": []}],
        "info": {
            "description": "How to use it: docs/api.md. Every refusal is a problem (RFC 9457)."
        },
    },
}


class SiteApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest without its handler of every HTTP error, which would answer for pages too.

    The document is written when it is first asked for, since that takes longer than half a start.
    """

    ERROR_SCHEMA = ProblemShape

    def __init__(self, app: Flask) -> None:
        self._writing = Lock()
        self._untold: list[Blueprint] = []
        plugin = MarshmallowPlugin(schema_name_resolver=_name)
        super().__init__(app, spec_kwargs={"marshmallow_plugin": plugin})

    def register_blueprint(self, blueprint: Blueprint) -> None:
        """Add its routes to the application now, and to the document later."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._untold.append(blueprint)

    def _openapi_json(self) -> Any:
        with self._writing:
            while self._untold:
                self._tell_of(self._untold.pop(0))
                if not self._untold:
                    _complete(self.spec.components)
            return super()._openapi_json()

    def _tell_of(self, blueprint: Blueprint) -> None:
        name = blueprint.name
        blueprint.register_views_in_doc(self, self._app, self.spec, name=name, parameters=None)
        self.spec.tag({"name": name, "description": blueprint.description})

    def _register_error_handlers(self) -> None:
        """Each blueprint has its own (see `errors.attach`)."""


def _name(schema: Any) -> str:
    """`CaseShape` is shown as `Case`, and `CaseSchema`, which is sent, as `CaseInput`."""
    found = resolve_schema_cls(schema)
    if isinstance(found, list):
        found = found[0]
    name = found if isinstance(found, str) else found.__name__
    if name.endswith("Schema"):
        return f"{name.removesuffix('Schema')}Input"
    return name.removesuffix("Shape")


def _complete(components: Any) -> None:
    """Add what the routes do not tell: the forms' schemas, and the media type of problems."""
    for form_id, form in sorted(shelf.all().items()):
        components.schema(answers_name(form_id), form.openapi())
    made_as = {"id": components.schemas["ReportInput"]["properties"]["id"]}
    components.schemas["SectionInput"] = _any_section({})
    components.schemas["NewSectionInput"] = _any_section(made_as)
    components.schemas["CaseInput"] = _any_case(made_as)
    for response in components.responses.values():
        content = response.get("content", {})
        if "application/json" in content:
            content[MEDIA_TYPE] = content.pop("application/json")


def _writable() -> list[str]:
    return sorted(set(shelf.all()) - OF_THEIR_OWN_OPERATION)


def _any_section(also: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [_section(kind, also) for kind in _writable()]}


def _section(kind: str, also: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            **also,
            "kind": {"const": kind},
            "answers": {"$ref": answers_reference(kind)},
        },
        "required": ["kind", "answers"],
        "additionalProperties": False,
    }


def _any_case(also: dict[str, Any]) -> dict[str, Any]:
    kinds = {kind: {"$ref": answers_reference(kind)} for kind in _writable()}
    sections = {
        "type": "object",
        "properties": kinds,
        "minProperties": 1,
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {**also, "sections": sections},
        "required": ["sections"],
        "additionalProperties": False,
    }
