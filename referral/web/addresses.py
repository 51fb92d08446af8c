"""Addresses of pages: what writes one is made when one is first written."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class LateRule(Rule):
    """A route that compiles what writes its address when it is first asked for one.

    Werkzeug compiles two functions a route at once: half of a start, and most are never called.
    """

    def _compile_builder(self, *arguments: Any, **keywords: Any) -> Builder:
        compiled = cache(partial(super()._compile_builder, *arguments, **keywords))

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            return compiled()(rule, **values)

        return build
