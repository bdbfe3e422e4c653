"""From the form to the answer file of the ISO's own kind."""

from __future__ import annotations

from isowright.unattended.answers import Answers
from isowright.unattended.autoinstall import autoinstall
from isowright.unattended.autoyast import autoyast
from isowright.unattended.family import Family
from isowright.unattended.kickstart import kickstart
from isowright.unattended.preseed import preseed


def answer_file(family: Family, answers: Answers) -> bytes:
    """Raises InputError if the answers have problems."""
    if family.kind == "isowright-test":
        text = f"disk=second\nuser={answers.checked().user}\nend={'off' if answers.power_off else 'stay'}\n"
    else:
        write = {"preseed": preseed, "kickstart": kickstart, "autoinstall": autoinstall, "autoyast": autoyast}
        text = write[family.kind](answers)
    return text.encode()
