"""Small tools with numbers."""

import secrets

from temporalio import activity


@activity.defn(name="random_number")
async def random_number(max: int) -> int:  # noqa: A002 - the name that clients' models know
    """A random number from 0 to the maximum, both included.

    Idempotency: a second run draws another number; the one that is recorded counts.
    """
    return secrets.randbelow(max + 1)


@activity.defn(name="multiply_by_two")
async def multiply_by_two(x: int) -> int:
    """Twice a number.

    Idempotency: the same number has the same double.
    """
    return x * 2


@activity.defn(name="how_many_jokes")
async def how_many_jokes() -> int:
    """A random number of jokes from 1 to 10.

    Idempotency: a second run draws another number; the one that is recorded counts.
    """
    return secrets.randbelow(10) + 1
