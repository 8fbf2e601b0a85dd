"""A small shipped corpus in place of the web, for agents that search and are answered offline."""

import re
from dataclasses import dataclass

NOTE = "(from the corpus that Segue ships, not from the web)"


@dataclass(frozen=True)
class Page:
    """A page of the corpus.

    Attributes:
        words: What it is found by, besides its text; in small letters.
    """

    title: str
    words: str
    text: str


PAGES: tuple[Page, ...] = (
    Page(
        "The Caribbean in April",
        "weather season vacation spots",
        "April is the end of the Caribbean's dry season: about 28 C by day, little rain, and the"
        " hurricane season begins only in June. Prices fall after Easter.",
    ),
    Page(
        "Surfing in the Caribbean",
        "waves surf april",
        "Rincon in Puerto Rico, Bathsheba in Barbados and Encuentro beach near Cabarete in the"
        " Dominican Republic are known for surfing; north swells last until about April.",
    ),
    Page(
        "Hiking in the Caribbean",
        "trails walks",
        "Dominica has the Waitukubuli trail of 115 miles and the Boiling Lake; Saint Lucia has Gros"
        " Piton, a climb of about four hours, and Guadeloupe the volcano La Soufriere.",
    ),
    Page(
        "Water sports in the Caribbean",
        "diving kite sailing snorkelling",
        "Bonaire is known for shore diving, Cabarete for kite surfing, and the British Virgin"
        " Islands for sailing; trade winds are steady in spring.",
    ),
    Page(
        "Apple's quarter that ended on 28 September 2024",
        "recent earnings results revenue iphone services",
        "Apple reported revenue of $94.9 billion, up 6 percent; iPhone $46.2 billion, Services"
        " $25.0 billion, Mac $7.7 billion, iPad $7.0 billion, wearables $9.0 billion.",
    ),
    Page(
        "Apple's profit in its fiscal fourth quarter of 2024",
        "margin earnings guidance",
        "Apple's diluted earnings were $0.97 a share after a one-time tax charge of $10.2 billion,"
        " $1.64 without it; the gross margin was 46.2 percent.",
    ),
    Page(
        "Apple in Greater China",
        "risk competition market analyst",
        "Apple's sales in Greater China were $15.0 billion in the quarter, about level with the"
        " year before; competition of local makers is named as a risk.",
    ),
    Page(
        "Apple and its regulators",
        "risk filing regulation antitrust",
        "Apple's filings name as risks the Digital Markets Act of the European Union, the antitrust"
        " suit of the United States of March 2024, and a supply chain that is centred on Asia.",
    ),
)


def find_pages(term: str) -> list[Page]:
    """The pages that have every word of a search term, in the corpus' order."""
    words = set(re.findall(r"\w+", term.lower()))
    return [
        page
        for page in PAGES
        if words
        and words <= set(re.findall(r"\w+", f"{page.title} {page.words} {page.text}".lower()))
    ]
