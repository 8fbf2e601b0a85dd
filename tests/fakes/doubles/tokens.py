"""A token source that counts."""

TOKEN = "token-that-nobody-may-see"  # noqa: S105 - invented


class CountingTokens:
    """Gives ``token``, then ``token-1``, ``token-2`` … when asked to refresh."""

    def __init__(self) -> None:
        self.refreshed: list[str] = []
        self.closed = False

    async def access_token(self) -> str:
        return TOKEN

    async def refresh(self, stale: str) -> str:
        self.refreshed.append(stale)
        return f"{TOKEN}-{len(self.refreshed)}"

    async def aclose(self) -> None:
        self.closed = True
