"""A bucket on loopback: moto's S3 server in a thread of this process."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import make_server

from segue.runtime.ports import LOOPBACK


@contextmanager
def running_s3() -> Generator[str]:
    """The address of a service with S3's interface; it forgets everything at the end."""
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server(LOOPBACK, 0, app, threaded=True)
    serving = Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def make_bucket(bucket: str) -> None:
    """A new, empty bucket of the running service."""
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(bucket, "us-east-1")


def age_objects(bucket: str, seconds: float) -> None:
    """Let everything in the bucket have been stored so much earlier."""
    for stored in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[bucket].keys.values():
        stored.last_modified -= timedelta(seconds=seconds)
