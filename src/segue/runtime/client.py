"""Connections to Temporal: the embedded server, a cluster, or Temporal Cloud."""

import asyncio
import atexit
import functools
import os
import socket
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.client import Client, HeaderCodecBehavior, Plugin
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.service import RPCError, RPCStatusCode

from segue.errors.settings import SettingsError
from segue.errors.temporal import TemporalUnreachableError
from segue.runtime.payloads.drivers import PayloadPath, data_converter

PLAIN = PayloadPath()
DEFAULT_ADDRESS = "localhost:7233"  # Temporal's own default
_RETRY_EVERY_S = 0.1  # a server that is starting is noticed soon, and one that is not costs little
_EMBEDDED_HINT = "The embedded server's log is `temporal/server.log` in the data folder."
_CONFIGURED_HINT = (
    "Start the server, correct TEMPORAL_ADDRESS and its like, or unset them for the embedded one."
)
_CALL_WITHIN = timedelta(seconds=5)
# A wrong key does not become right by waiting; a namespace may still be in the making. The first
# call of a connection is the SDK's own, and what failed it is told as text only.
_HOPELESS = {RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED}
_HOPELESS_WORDS = ("code: Unauthenticated", "code: PermissionDenied")

# The SDK's threads may still be handing an answer to Python when the interpreter is torn down, and
# the process then ends by signal 6 or 11 instead of its exit status: 6 of 100 short programs did,
# none of 240 that waited so long. Source: https://github.com/temporalio/sdk-python/issues/300
_SETTLE_S = 0.05


async def connect(
    embedded_address: str | None,
    environment: Mapping[str, str],
    *,
    namespace: str | None = None,
    wait: timedelta = timedelta(seconds=10),
    plugins: Sequence[Plugin] = (),
    payloads: PayloadPath = PLAIN,
) -> Client:
    """A client whose server has answered and whose namespace exists.

    Args:
        embedded_address: ``host:port`` of our own server, which knows no TLS and no keys: nothing
            but the namespace is taken from the environment then. None: as ``environment`` and the
            profile file say (address, TLS, API key, metadata).
        environment: The ``TEMPORAL_*`` variables.
        namespace: Instead of the configured one.
        wait: How long a server may take to answer, > 0.
        plugins: Workers made from the client inherit them. They must read what our own converter
            writes: JSON by Pydantic.
        payloads: How they are encrypted, and where large ones go.

    Raises:
        TemporalUnreachableError: No answer in time, no such namespace, or the key was refused.
        SettingsError: The Temporal configuration cannot be read.

    Source: https://docs.temporal.io/develop/environment-configuration
    """
    config = _connect_config(embedded_address, environment)
    address = config.get("target_host", DEFAULT_ADDRESS)
    config["target_host"] = address
    config["namespace"] = namespace or config.get("namespace") or "default"
    # Plugins put their own payload converter in the place of the default one, and of no other.
    base = DataConverter.default if plugins else pydantic_data_converter
    converter = data_converter(payloads.storage, codec=payloads.codec, base=base)
    problem = "it did not answer"
    try:
        async with asyncio.timeout(wait.total_seconds()):
            while True:
                try:
                    return await _open_client(config, plugins, converter)
                except (RuntimeError, RPCError) as no:
                    problem = _why(no)
                    if _is_hopeless(no):
                        break
                await asyncio.sleep(_RETRY_EVERY_S)
    except TimeoutError:
        problem = f"{problem} (waited {wait.total_seconds():g} s)"
    raise TemporalUnreachableError(
        f"Temporal at {address}, namespace {config['namespace']!r}, cannot be used: {problem}.",
        hint=_EMBEDDED_HINT if embedded_address else _CONFIGURED_HINT,
    )


def header_codec(converter: DataConverter) -> HeaderCodecBehavior:
    """Headers are encrypted where everything is; the server itself adds none that we read."""
    return HeaderCodecBehavior.CODEC if converter.payload_codec else HeaderCodecBehavior.NO_CODEC


async def serves(client: Client, namespace: str) -> bool:
    """Whether the server behind ``client`` is healthy and knows ``namespace``."""
    try:
        await _describe(client, namespace)
        return await client.service_client.check_health(timeout=_CALL_WITHIN)
    except RPCError:
        return False


async def has_worker(client: Client, task_queue: str, *, activities: bool = False) -> bool:
    """Whether any worker has asked for work on the queue in the last minutes.

    Args:
        client: Of the queue's namespace.
        task_queue: Its name.
        activities: Asked for activities, not for workflow tasks.

    Raises:
        TemporalUnreachableError: The server did not say.
    """
    try:
        queue = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=client.namespace,
                task_queue=TaskQueue(name=task_queue),
                task_queue_type=(
                    TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
                    if activities
                    else TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
                ),
            ),
            timeout=_CALL_WITHIN,
        )
    except RPCError as failure:
        raise TemporalUnreachableError(f"Temporal did not answer: {failure.message}.") from failure
    return bool(queue.pollers)


def _connect_config(
    embedded_address: str | None, environment: Mapping[str, str]
) -> ClientConnectConfig:
    if embedded_address is not None:
        config = ClientConnectConfig(target_host=embedded_address)
        if namespace := environment.get("TEMPORAL_NAMESPACE"):
            config["namespace"] = namespace
        return config
    try:
        return ClientConfig.load_client_connect_config(override_env_vars=environment)
    except (RuntimeError, ValueError, OSError) as failure:
        raise SettingsError(f"Temporal's configuration is not usable: {failure}.") from failure


async def _open_client(
    config: ClientConnectConfig, plugins: Sequence[Plugin], converter: DataConverter
) -> Client:
    _settle_at_exit()
    client = await Client.connect(
        **config,
        plugins=plugins,
        data_converter=converter,
        header_codec_behavior=header_codec(converter),
        identity=f"segue:{os.getpid()}@{socket.gethostname()}",
    )
    await _describe(client, client.namespace)
    return client


async def _describe(client: Client, namespace: str) -> None:
    await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=namespace), timeout=_CALL_WITHIN
    )


@functools.cache
def _settle_at_exit() -> None:
    atexit.register(time.sleep, _SETTLE_S)


def _is_hopeless(no: RuntimeError | RPCError) -> bool:
    if isinstance(no, RPCError):
        return no.status in _HOPELESS
    return any(words in str(no) for words in _HOPELESS_WORDS)


def _why(no: RuntimeError | RPCError) -> str:
    if isinstance(no, RPCError):
        return no.message.rstrip(".")
    return str(no).partition(": ")[2] or str(no)
