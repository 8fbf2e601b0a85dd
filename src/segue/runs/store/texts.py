"""Text in columns of bytes."""


def as_bytes(text: str) -> bytes:
    """``text`` for a column of bytes; a model may have cut an emoji in half."""
    return text.encode("utf-8", "surrogatepass")


def as_text(blob: bytes) -> str:
    """The text that ``as_bytes`` turned into bytes."""
    return blob.decode("utf-8", "surrogatepass")
