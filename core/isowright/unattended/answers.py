"""What an installer is told when nobody is there to be asked: a small form, checked in words. Holds no password.

Every answer is checked so narrowly that none can mean anything else in the files that are written from it; those files
quote what they hold all the same.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
import unicodedata
from collections.abc import Iterator

import msgspec

from isowright.errors import InputError

_LOCALE = re.compile(r"[a-z]{2,3}_[A-Z]{2}(?:\.UTF-8)?")
_TIMEZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,32}){0,2}")
_KEYBOARD = re.compile(r"[a-z]{2,12}(?:-[a-z0-9]{1,16})?")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,127}")
_HASH = re.compile(
    r"\$(?:6|5)\$(?:rounds=\d{4,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43,86}"
    r"|\$y\$[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}"
)
_KEY_KINDS = re.compile(
    r"ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com"
)
_MIRROR = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~/$+-]*)?")
_RESERVED = frozenset(
    re.findall(
        r"\S+", "admin backup bin daemon games irc list lp mail man news nobody proxy sshd sync sys uucp www-data"
    )
)  # users and groups that systems make themselves

DATA_DISK = "/dev/vdb"  # as these clouds' servers see the second of their virtio disks
VIRTIO = ("virtio_pci", "virtio_blk", "virtio_scsi", "virtio_net")


class AnswerProblem(msgspec.Struct, frozen=True):
    """One answer that cannot be used: its field, what is wrong, what to do."""

    field: str
    message: str
    remedy: str


class Answers(msgspec.Struct, frozen=True, omit_defaults=True):
    """The form. The disk is always the data disk: the second one, since the first is the temporary server's own.

    language: a locale ("de_DE.UTF-8"); keyboard: a layout, with a variant after "-" ("de-nodeadkeys"); password_hash:
    as crypt(5) writes it; mirror: where packages come from that the disc does not have, "" = as the installer chooses.
    """

    language: str = "en_US.UTF-8"
    timezone: str = "Etc/UTC"
    keyboard: str = "us"
    hostname: str = "localhost"
    user: str = ""
    ssh_keys: tuple[str, ...] = ()
    password_hash: str = ""
    packages: tuple[str, ...] = ()
    mirror: str = ""
    virtio: bool = True
    cloud_init: bool = True
    power_off: bool = True

    @property
    def locale(self) -> str:
        """With its encoding."""
        return self.language if "." in self.language else f"{self.language}.UTF-8"

    @property
    def layout(self) -> str:
        return self.keyboard.partition("-")[0]

    @property
    def variant(self) -> str:
        return self.keyboard.partition("-")[2]

    def problems(self) -> list[AnswerProblem]:
        """Empty = an answer file can be written."""
        return [*self._of_the_machine(), *self._of_logging_in(), *self._of_software()]

    def _of_the_machine(self) -> Iterator[AnswerProblem]:
        plain = (
            ("language", self.language, _LOCALE, "no language of the form en_US or de_DE.UTF-8"),
            ("timezone", self.timezone, _TIMEZONE, "no time zone such as Etc/UTC or Europe/Berlin"),
            ("keyboard", self.keyboard, _KEYBOARD, "no keyboard layout such as us, de or de-nodeadkeys"),
            ("hostname", self.hostname, _HOST, "no name of a host: lower-case letters, digits and - alone"),
        )
        for field, value, pattern, told in plain:
            if not pattern.fullmatch(value):
                yield AnswerProblem(field, f"“{shown(value)}” is {told}.", "Write it in that form.")

    def _of_logging_in(self) -> Iterator[AnswerProblem]:
        if not self.user:
            remedy = "Enter whom you want to log in as, such as ops; root is possible."
            yield AnswerProblem("user", "The user name is missing.", remedy)
        elif not _USER.fullmatch(self.user) or self.user in _RESERVED:
            remedy = "Use lower-case letters, digits, _ and -."
            yield AnswerProblem("user", f"“{shown(self.user)}” cannot be a user.", remedy)
        if not self.ssh_keys and not self.password_hash:
            remedy = "Give an SSH public key, or the hash of a password."
            yield AnswerProblem("ssh_keys", "Nobody could log in.", remedy)
        for key in self.ssh_keys:
            if problem := ssh_key_problem(key):
                yield AnswerProblem("ssh_keys", *problem)
        if self.password_hash and not _HASH.fullmatch(self.password_hash):
            yield AnswerProblem("password_hash", *_hash_problem(self.password_hash))

    def _of_software(self) -> Iterator[AnswerProblem]:
        for package in self.packages:
            if not _PACKAGE.fullmatch(package):
                told = f"“{shown(package)}” is no name of a package."
                yield AnswerProblem("packages", told, "Separate the names by spaces.")
        if self.mirror and not _MIRROR.fullmatch(self.mirror):
            told = f"“{shown(self.mirror)}” is no address of a mirror."
            yield AnswerProblem("mirror", told, "Write it as http://host/path.")

    def checked(self) -> Answers:
        """Itself. Raises InputError, with all problems, if there are any."""
        if problems := self.problems():
            raise InputError(
                "No answer file can be written from these answers.",
                detail=" ".join(problem.message for problem in problems),
                remedy=problems[0].remedy,
            )
        return self


def ssh_key_problem(line: str) -> tuple[str, str] | None:
    """(what is wrong, what to do) with one line of authorized_keys, without options; None if nothing is."""
    remedy = "Paste one line of a .pub file, such as ~/.ssh/id_ed25519.pub."
    if "PRIVATE KEY" in line:
        return "This is a private key, which must stay where it is.", remedy
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in line):
        return "An SSH key is one line, without control characters.", remedy
    kind, _, rest = line.strip().partition(" ")
    blob = rest.strip().partition(" ")[0]
    if not _KEY_KINDS.fullmatch(kind):
        return f"“{shown(kind)}” is no kind of SSH public key.", remedy
    try:
        raw = base64.b64decode(blob, validate=True)
        (length,) = struct.unpack_from(">I", raw)
    except (binascii.Error, ValueError, struct.error):
        return "The SSH key is damaged or cut off.", remedy
    if raw[4 : 4 + length] != kind.encode() or len(raw) < 4 + length + 32:
        return "The SSH key is damaged or cut off.", remedy
    return None


def _hash_problem(text: str) -> tuple[str, str]:
    remedy = "Make one with: openssl passwd -6 (it asks for the password), and paste what it prints."
    if text.startswith(("$1$", "$apr1$")):
        return "This hash is of a kind (MD5) that is too weak.", remedy
    return (
        "This is no password hash ($6$…). A password itself must not be entered here: it would lie on the ISO.",
        remedy,
    )


def shown(value: str) -> str:
    """A piece of it, fit to be shown."""
    return "".join(letter if letter.isprintable() else "?" for letter in value[:40])
