"""What a bucket may be called. Pure. Source: OBS API reference, "Creating a bucket"."""

from __future__ import annotations

import re
import unicodedata

SHORTEST, LONGEST = 3, 63
_ALLOWED = re.compile(r"[a-z0-9-]")
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")


def bucket_name_problem(name: str) -> tuple[str, str] | None:
    """(what is wrong, what to do) if no new bucket should be called so, else None.

    Dots are legal, but refused here: the service's certificate covers one label, so that such a bucket's own host
    cannot be reached by https.
    """
    bad = next((sign for sign in name if not _ALLOWED.fullmatch(sign)), "")
    shown = "a space" if bad == " " else f"“{bad}”"
    rules = (
        (not name, "The bucket has no name.", "Type a name of 3 to 63 characters."),
        (name != name.lower(), "The name holds capital letters, which buckets cannot have.", "Use lower-case letters."),
        (_ADDRESS.fullmatch(name), "The name looks like an IP address.", "Use letters and hyphens."),
        (
            "." in name,
            "The name holds a dot: its address would not fit the service's certificate.",
            "Use hyphens instead.",
        ),
        (bad, f"The name holds {shown}, which buckets cannot have.", "Use lower-case letters, digits and hyphens."),
        (
            name.strip("-") != name,
            "The name begins or ends with a hyphen.",
            "Begin and end with a letter or a digit.",
        ),
        (not SHORTEST <= len(name) <= LONGEST, f"The name has {len(name)} characters.", "Use 3 to 63."),
    )
    return next(((what, remedy) for applies, what, remedy in rules if applies), None)


def proposed_bucket(who: str, region: str) -> str:
    """A legal name that nobody else is likely to have: names are shared by all customers of a cloud. who: the account
    or project. ("ACME GmbH", "eu-de") → "acme-gmbh-isos-eu-de"."""
    plain = unicodedata.normalize("NFKD", who.lower()).encode("ascii", "ignore").decode()
    owner = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:24].strip("-")
    return "-".join(part for part in (owner, "isos", re.sub(r"[^a-z0-9-]+", "-", region.lower()).strip("-")) if part)
