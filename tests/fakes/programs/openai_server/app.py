"""The routes: OpenAI's two endpoints, its list of models, and the control under ``/_script``."""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from segue.runtime.http_connection import Connections
from tests.fakes.programs.openai_server.asked import Api, read_request
from tests.fakes.programs.openai_server.delivery import Delivery
from tests.fakes.programs.openai_server.replies import no_step, reply
from tests.fakes.programs.openai_server.scripts import Script, Scripts
from tests.fakes.programs.openai_server.steps import Step

Endpoint = Callable[[Request], Awaitable[Response]]


def build_app(connections: Connections) -> Starlette:
    """The application; its scripts live as long as it does.

    Args:
        connections: Of the server that runs it, so that a script can cut one.
    """
    scripts = Scripts()
    return Starlette(
        routes=[
            Route("/v1/responses", _model(scripts, connections, "responses"), methods=["POST"]),
            Route("/v1/chat/completions", _model(scripts, connections, "chat"), methods=["POST"]),
            Route("/v1/models", _models(scripts)),
            *_control(scripts),
        ],
        exception_handlers={KeyError: _not_found, json.JSONDecodeError: _not_json},
    )


async def _not_found(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"nothing is named {error}"}, status_code=404)


async def _not_json(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": {"message": "The body is not JSON."}}, status_code=400)


def _model(scripts: Scripts, connections: Connections, api: Api) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        body: dict[str, Any] = json.loads(raw)
        headers = dict(request.headers)
        asked = read_request(api, body, headers, len(raw))
        due = scripts.take(asked, body, headers, now=time.time())
        if due.step is None:
            return Delivery(no_step(due), due, Step(), connections)
        return Delivery(reply(due.step, asked, due), due, due.step, connections)

    return endpoint


def _models(scripts: Scripts) -> Endpoint:
    async def endpoint(_request: Request) -> Response:
        data = [
            {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "scripted"}
            for name in scripts.names()
        ]
        return JSONResponse({"object": "list", "data": data})

    return endpoint


def _control(scripts: Scripts) -> list[Route]:
    async def put(request: Request) -> Response:
        try:
            scripts.put(Script.model_validate_json(await request.body()))
        except ValidationError as wrong:
            return JSONResponse({"error": str(wrong)}, status_code=422)
        return Response(status_code=204)

    async def counts(_request: Request) -> Response:
        return JSONResponse(dict(scripts.counts()))

    async def calls(request: Request) -> Response:
        found = scripts.calls(request.query_params["name"])
        return JSONResponse([call.model_dump(mode="json") for call in found])

    async def release(request: Request) -> Response:
        scripts.release(request.query_params["name"], int(request.query_params["count"]))
        return Response(status_code=204)

    async def reset(_request: Request) -> Response:
        scripts.reset()
        return Response(status_code=204)

    return [
        Route("/_script", put, methods=["POST"]),
        Route("/_script", counts, methods=["GET"]),
        Route("/_script", reset, methods=["DELETE"]),
        Route("/_script/calls", calls, methods=["GET"]),
        Route("/_script/release", release, methods=["POST"]),
    ]
