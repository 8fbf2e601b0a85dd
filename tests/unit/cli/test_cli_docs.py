"""The reference page is what the commands say of themselves."""

from scripts.cli_docs import PAGE, page


def test_the_reference_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_reference_names_every_option_of_sync() -> None:
    section = page().partition("## `segue sync`")[2].partition("\n## ")[0]

    assert "--dry-run" in section
    assert "[default: append]" in section
