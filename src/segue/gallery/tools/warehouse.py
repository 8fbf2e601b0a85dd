"""A warehouse's stock, behind a credential: sample data, and it says so."""

from collections.abc import Callable
from dataclasses import dataclass

from temporalio import activity

from segue.errors.gallery import CredentialRefusedError
from segue.gallery.tools.credentials import Credentials

BEGINNING = "wh_"  # of a token of the sample service
_SHELVES = {"lamp": 12, "chair": 4, "table": 0}


@dataclass(frozen=True)
class StockQuestion:
    """What the activity is asked.

    Attributes:
        credential: The name of a credential, never its value: this stands in the history.
    """

    item: str
    credential: str


def sample_service(token: str, item: str) -> str:
    """What the service answers; as many do, it says a token back that it does not know.

    Raises:
        PermissionError: It does not know the token.
    """
    if not token.startswith(BEGINNING):
        raise PermissionError(f"401: unknown token {token}")
    return f"{_SHELVES.get(item.lower(), 0)} of {item} in stock (sample data)"


class Warehouse:
    """The service as activities.

    Args:
        credentials: Of this worker.
        ask: The service: takes a token and an item.
    """

    def __init__(
        self,
        credentials: Credentials | None = None,
        ask: Callable[[str, str], str] = sample_service,
    ) -> None:
        self._credentials = credentials or Credentials()
        self._ask = ask

    @activity.defn(name="stock_of")
    async def stock_of(self, question: StockQuestion) -> str:
        """How much of an item there is.

        Raises:
            CredentialMissingError: The worker has none of this name.
            CredentialRefusedError: The service does not take it.

        Idempotency: reads only.
        """
        token = self._credentials.value(question.credential)
        try:
            return self._credentials.taken_out(self._ask(token, question.item))
        except PermissionError as refusal:
            # A cause would go into the history with its message, and into the log.
            reason = self._credentials.taken_out(str(refusal))
            raise CredentialRefusedError(f"The warehouse refuses us: {reason}") from None
