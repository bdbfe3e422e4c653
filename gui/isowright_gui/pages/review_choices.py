"""All answers at a glance, each with its way back, and what the run will make, keep and delete again."""

from __future__ import annotations

from html import escape
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from isowright import flow
from isowright.cloud.models import Identity
from isowright.recipe import IsoSource, Recipe
from isowright_gui.pages.image_after import after_words
from isowright_gui.pages.server_disks import type_name
from isowright_gui.theme import theme
from isowright_gui.widgets import (
    Button,
    Card,
    ElidedLabel,
    Icon,
    Label,
    Section,
    WrapLabel,
    clear,
    column,
    row,
)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ReviewPage", text)


def choices(recipe: Recipe, identity: Identity | None, answers: str = "") -> list[tuple[str, str, str]]:
    """(step, what was chosen, the rest of it) of every step that asks for something. answers: what kind they are."""
    account, iso, image, server, network = recipe.account, recipe.iso, recipe.image, recipe.server, recipe.network
    who = identity.user if identity is not None else account.user
    project = identity.project_name if identity is not None else account.project_name
    tags = {0: "", 1: _tr("1 tag")}.get(len(image.tags), _tr("{count} tags").format(count=len(image.tags)))
    groups = ", ".join(network.security_group_names or network.security_group_ids)
    outside = (
        _tr("public IP with {mbit} Mbit/s").format(mbit=network.public_ip_mbit)
        if network.public_ip
        else _tr("no public IP")
    )
    return [
        (
            "account",
            _join(flow.cloud_title(account.cloud), account.region, sep=" · "),
            _join(who, _tr("project {name}").format(name=project) if project else ""),
        ),
        ("iso", *_iso(iso, answers)),
        (
            "image",
            image.name,
            _join(image.os_version, _tr("min. {size} GB").format(size=image.min_disk), image.firmware.upper(), tags),
        ),
        (
            "server",
            _tr("{flavor} in {zone}").format(flavor=server.flavor_id, zone=server.availability_zone),
            _join(
                server.flavor_note,
                _tr("disks {first} + {second} GB").format(first=server.system_disk, second=server.data_disk),
                type_name(server.volume_type),
                _tr("next flavor if sold out") if server.next_flavor else "",
            ),
        ),
        (
            "network",
            _tr("A network of the run's own")
            if network.make
            else _join(network.vpc_name or network.vpc_id, network.subnet_name or network.subnet_id, sep=" / "),
            _join(_tr("Group {names}").format(names=groups) if groups else _tr("Default group"), outside),
        ),
    ]


def _iso(iso: IsoSource, answers: str) -> tuple[str, str]:
    size = flow.size_text(iso.size)
    if not iso.path:
        return iso.key.rsplit("/", 1)[-1], _join(_tr("Bucket {name}").format(name=iso.bucket), size)
    where = _tr("Uploaded to {bucket} as {key}").format(bucket=iso.bucket, key=iso.key)
    compared = _tr("SHA-256 compared") if iso.sha256 else ""
    limit = _tr("at most {limit} MB/s").format(limit=f"{iso.limit:g}") if iso.limit else ""
    if alone := by_itself(iso, answers):  # in place of what stands below as well
        return Path(iso.path).name, _tr("Installs by itself: {what}").format(what=alone)
    return Path(iso.path).name, _join(size, where, compared, limit)


def by_itself(iso: IsoSource, kind: str) -> str:
    """ "Kickstart (Anaconda), my.ks": the answers that an installer takes; "" where an operator gives them."""
    return _join(kind, Path(iso.answers).name) if iso.answers else ""


def _join(*parts: str, sep: str = ", ") -> str:
    return sep.join(part for part in parts if part)


class ChoicesCard(Section):
    """Signal `edit(step)`."""

    edit = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_tr("Your choices"), parent)
        self.buttons: dict[str, Button] = {}
        self._labels: list[Label] = []
        self._lines: dict[str, tuple[ElidedLabel, ElidedLabel]] = {}
        card = Card(padded=False)
        for at, step in enumerate(flow.ANSWERED):
            if at:
                card.add_line(4)
            card.add(self._row(step))
        self.add(card)
        self.retheme()

    def retheme(self) -> None:
        widest = max(label.fontMetrics().horizontalAdvance(label.text()) for label in self._labels)
        for label in self._labels:
            label.setFixedWidth(max(theme().s(19), widest + 1))
            label.setContentsMargins(0, theme().s(1), 0, 0)

    def _row(self, step: str) -> QWidget:
        title = flow.title(step)
        label = Label(title, "body", "muted")
        strong, rest = ElidedLabel("", "button"), ElidedLabel("", "caption", "muted")
        button = Button(_tr("Edit"), "link")
        button.setAccessibleName(_tr("Edit {step}").format(step=title))
        button.clicked.connect(lambda: self.edit.emit(step))
        self._labels.append(label)
        self._lines[step], self.buttons[step] = (strong, rest), button
        words = column(gap=0.5, margins=(0, 1, 0, 0))  # a link is two units higher than its words
        words.addWidget(strong)
        words.addWidget(rest)
        made = QWidget()
        line = row(made, gap=2, margins=(4, 1.25, 4, 2.25))
        line.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return made

    def show_choices(self, found: list[tuple[str, str, str]]) -> None:
        """As `choices` gives them."""
        for step, strong, rest in found:
            first, second = self._lines[step]
            first.setText(strong)
            second.setText(rest)


class HappensCard(Section):
    """What will be made and kept, made and deleted, and deleted of what exists."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_tr("What will happen"), parent)
        card = Card(gap=2)
        self._lines = column(gap=2)
        card.body.addLayout(self._lines)
        self.add(card)

    def show_recipe(self, recipe: Recipe, answers: str = "") -> None:
        """Fill it anew. answers: the kind of the installer's, for people."""
        clear(self._lines)
        public_ip = recipe.network.public_ip
        made = _tr("ISO image, temporary server, 2 disks")
        if public_ip:
            made = _tr("ISO image, temporary server, 2 disks, public IP")
        if recipe.network.make:
            made = _tr("{things}, VPC with a subnet").format(things=made)
        kept = _tr("private image “{name}”").format(name=recipe.image.name)
        iso = recipe.iso
        if iso.path:
            sent = _tr("{file} ({size}) to the bucket {bucket} as {key}; an interrupted upload goes on where it was")
            sent = sent.format(
                file=Path(iso.path).name, size=flow.size_text(iso.size) or _tr("?"), bucket=iso.bucket, key=iso.key
            )
            self._line(Icon("upload-simple", "accent"), _tr("Uploaded"), sent)
            if not iso.delete_object:
                kept = _tr("private image “{name}”, and the ISO object in the bucket").format(name=recipe.image.name)
        if alone := by_itself(iso, answers):
            how = _tr("{what}, put onto what is uploaded; nobody has to be there, and the file here stays as it is")
            self._line(Icon("play", "accent"), _tr("Installs by itself"), how.format(what=alone))
        self._line(Icon("plus-circle", "success"), _tr("Created and kept"), kept)
        self._line(Icon("minus-circle", "muted"), _tr("Created, then deleted"), made)
        if after := after_words(recipe):
            self._line(Icon("arrow-right", "muted"), _tr("Then"), ", ".join(after))
        if recipe.iso.delete_object:
            name = recipe.iso.key.rsplit("/", 1)[-1]
            gone = _tr("the ISO object {name}, once the image is checked").format(name=name)
            self._line(Icon("trash", "danger"), _tr("Deleted at the end"), gone)

    def _line(self, glyph: QWidget, lead: str, text: str) -> None:
        words = WrapLabel()
        words.setTextFormat(Qt.TextFormat.RichText)
        words.setText(f'<span style="font-weight: 600">{escape(lead)}</span>: {escape(text)}')
        words.setAccessibleName(f"{lead}: {text}")
        words.setSizePolicy(QSizePolicy.Policy.Expanding, words.sizePolicy().verticalPolicy())
        line = row(gap=3)
        line.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(words, 1)
        self._lines.addLayout(line)
