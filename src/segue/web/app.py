"""The application: routes, problems and access, put together."""

import pkgutil
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from segue.platform.feature import Feature
from segue.web.counting import Counting
from segue.web.key_access import KeyAccess
from segue.web.known_names import only_known_queries
from segue.web.media_types import only_json
from segue.web.problems import answer_problems
from segue.web.routes import probes
from segue.web.services import ApiLimits, Services
from segue.web.shown import with_problem_schema
from segue.wiring.features import FEATURES

OPENAPI_PATH = "/openapi.json"
_DESCRIPTION = """\
Playlists from a file to a catalogue, durably.

Every start is answered with a `workflow_id` at once; the work goes on by itself, through crashes
and restarts. Look at it, follow it, steer it under `/api/v1/runs/{workflow_id}`. Errors are
`application/problem+json` with a stable `code`.
"""


def build_app(services: Services, features: Sequence[Feature] = FEATURES) -> FastAPI:
    """The API on these services; they are closed when the application stops.

    Args:
        services: What the routes work with.
        features: Whose routes there are.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await services.aclose()

    app = _with_routes(services.limits, features, lifespan=lifespan)
    app.state.services = services
    app.add_middleware(
        KeyAccess, keys=services.keys, rates=services.rates, body_limit=services.limits.of_body
    )
    app.add_middleware(Counting)  # the last is the first to be asked
    return app


def openapi_document() -> Mapping[str, Any]:
    """The OpenAPI document; it depends on nothing but the code."""
    return _with_routes(ApiLimits(), FEATURES).openapi()


def _with_routes(
    limits: ApiLimits,
    features: Sequence[Feature],
    **options: Any,  # noqa: ANN401 - FastAPI's own
) -> FastAPI:
    app = FastAPI(
        title="Segue",
        version=version("segue"),
        description=_DESCRIPTION,
        openapi_url=OPENAPI_PATH,
        docs_url=None,  # they load scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        redirect_slashes=False,
        **options,
    )
    answer_problems(app)
    own = [pkgutil.resolve_name(route) for feature in features for route in feature.routes]
    routers = (*own, probes.router)
    app.state.routes = [route for router in routers for route in router.routes]
    for router in routers:
        app.include_router(
            router,
            max_body_size=limits.of_body(router.prefix),
            dependencies=[Depends(only_json), Depends(only_known_queries)],
        )
    app.openapi = lambda: _document(app)
    return app


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        app.openapi_schema = dict(with_problem_schema(document))
    return app.openapi_schema


def _operation_id(route: APIRoute) -> str:
    return route.name
