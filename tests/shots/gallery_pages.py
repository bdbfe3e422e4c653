"""The pages of the gallery: functions that make a widget."""

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QRadioButton, QWidget

from isowright_gui import widgets as w
from isowright_gui.models import Column, RowsModel


def page(title: str, width: int, height: int) -> tuple[QWidget, object]:
    widget = QWidget()
    widget.setWindowTitle(title)
    widget.resize(width, height)
    box = w.column(widget, gap=4, margins=(10, 7, 10, 7))
    box.addWidget(w.PageHeader(title, "Where the image will be made, and who you are there."))
    return widget, box


def line(*widgets: QWidget) -> object:
    box = w.row(gap=3)
    for each in widgets:
        box.addWidget(each, 0, Qt.AlignmentFlag.AlignTop)
    box.addStretch(1)
    return box


def off(widget: QWidget) -> QWidget:
    widget.setEnabled(False)
    return widget


def controls() -> QWidget:
    widget, box = page("Controls", 1120, 1000)
    busy = w.BusyButton("Sign in", "primary")
    busy.set_busy("Signing in…")
    box.addLayout(
        line(
            w.Button("Continue", "primary"),
            w.Button("New image", "primary", "plus"),
            off(w.Button("Continue", "primary")),
            busy,
            w.Button("Open console", "primary", "monitor-play"),
        )
    )
    box.addLayout(
        line(
            w.Button("Back"),
            off(w.Button("Back")),
            w.Button("Cancel run…", "danger"),
            off(w.Button("Cancel run…", "danger")),
            w.Button("Leave", "ghost"),
            w.Button("Edit", "link"),
            w.Button("Run", icon="play", small=True),
            w.Button("Copy", "ghost", "copy", small=True),
            w.IconButton("gear-six", "Settings"),
            w.IconButton("dots-three", "More", small=True),
        )
    )
    box.addLayout(
        line(
            w.Chip("Recommended", "accent"),
            w.Chip("Available", "success"),
            w.Chip("Few left", "warning"),
            w.Chip("Failed", "danger"),
            w.Chip("Sold out", "neutral"),
            w.Chip("Not an ISO", "neutral", "-"),
            w.PracticeBadge(),
        )
    )
    from isowright_gui.widgets.glyphs import STATES

    box.addLayout(
        line(
            *(w.StateGlyph(state, size=5) for state in STATES),
            w.Spinner(),
            w.Tile("hard-drives"),
            w.Tile("disc", "accent", size=10),
        )
    )
    bars = w.row(gap=4)
    for fraction in (0.0, 0.45, 1.0, None):
        bars.addWidget(w.ProgressBar(fraction))
    box.addLayout(bars)
    banner = w.Banner(
        "One run was left unfinished",
        "“debian-12-base” stopped 2 hours ago at Capture the data disk. Its server still exists and is billed.",
        tone="warning",
        icon="warning-fill",
    )
    banner.add_action("Leave", "ghost")
    banner.add_action("Clean up…")
    banner.add_action("Continue")
    box.addWidget(banner)
    small = w.Banner("Settings found in clouds.yaml: “otc-prod”", icon="file-search", closable=True)
    small.add_action("Use these", "link")
    box.addWidget(small)
    fields = w.row(gap=4)
    ok, bad, checking, disabled = (
        w.Field("Name", w.LineEdit("debian-12-base"), "Free in this project."),
        w.Field("Name", w.LineEdit("debian-12-base"), "Letters, digits, dashes."),
        w.Field("Name", w.LineEdit("debian-12"), ""),
        w.Field("Project", off(w.LineEdit("", "eu-de_images")), "Sign in first."),
    )
    ok.set_ok()
    bad.set_error("An image with this name exists. Try debian-12-base-2.")
    checking.set_checking(True, "Checking whether the name is free…")
    for each in (ok, bad, checking, disabled):
        fields.addWidget(each, 1, Qt.AlignmentFlag.AlignTop)
    box.addLayout(fields)
    fields = w.row(gap=4)
    secret = w.PasswordEdit()
    secret.setText("correct horse")
    search = w.SearchEdit("Filter by name, vCPU or memory")
    combo = w.ComboBox([("Open Telekom Cloud", "otc"), ("Huawei Cloud", "hw")])
    found = w.SearchEdit()
    found.setText("large")
    for each in (
        w.Field("Cloud", combo),
        w.Field("Password", secret),
        w.Field("One-time code", w.LineEdit("", "6 digits"), optional=True),
        w.Field("Data disk", w.SpinBox(40, 1), "Becomes the image: its size is the image's minimum disk."),
        w.Field("Filter", search),
        w.Field("Filter", found),
    ):
        fields.addWidget(each, 1, Qt.AlignmentFlag.AlignTop)
    box.addLayout(fields)
    boxes = [QCheckBox("Network by DHCP"), QCheckBox("virtio drivers"), QRadioButton("One"), QRadioButton("Two")]
    boxes[0].setChecked(True)
    boxes[2].setChecked(True)
    gone = QCheckBox("Not now")
    gone.setChecked(True)
    box.addLayout(
        line(
            w.Segmented([("Password", 1), ("Access key", 2)], "Sign in with"),
            *boxes,
            off(gone),
            w.Disclosure("Advanced: proxy and CA file"),
            w.Disclosure("Advanced: proxy", is_open=True),
        )
    )
    box.addWidget(
        w.CheckRow(
            "Keep the password in the system keyring", "Stored by GNOME Keyring on this computer, never in a profile."
        )
    )
    box.addStretch(1)
    return widget


def lists() -> QWidget:
    widget, box = page("States of a list", 1120, 900)
    squares = w.grid(gap=6)

    def square(at: int, title: str, sentence: str, what: w.StatefulList) -> None:
        section = w.Section(title)
        section.add(w.Label(sentence, "caption", "muted"))
        what.setMinimumHeight(220)
        section.add(what, 1)
        squares.addWidget(section, at // 2, at % 2)

    loading, empty, none, failed = (w.StatefulList(QWidget()) for _ in range(4))
    loading.set_loading("Asking for flavors in eu-de-01…")
    loading._show_skeleton()
    loading._show_sentence()
    empty.set_empty("No ISO in this folder", "Upload one, or look in another folder.", action="Choose a folder…")
    none.set_no_match("No flavor matches “gpu”", "312 are hidden by the filter.")
    failed.set_error(
        "The list could not be loaded", "The cloud did not answer within 30 seconds. Your choices are kept.", "GET /v1"
    )
    square(0, "Loading", "Skeleton after 150 ms, words after 2 s", loading)
    square(1, "Empty", "What would be here, and how to get it", empty)
    square(2, "Nothing matches", "Differs from empty: undo the filter", none)
    square(3, "Error", "One card, one remedy, keeps the old answers", failed)
    box.addLayout(squares)
    return widget


class Flavor(NamedTuple):
    name: str
    cpus: int
    memory: int
    kind: str
    chips: tuple[w.ChipSpec, ...]
    reason: str = ""


FLAVORS = [
    Flavor("s3.large.2", 2, 4, "General", (w.ChipSpec("Recommended", "accent"), w.ChipSpec("Available", "success"))),
    Flavor("s2.large.2", 2, 4, "General", (w.ChipSpec("Available", "success"),)),
    Flavor("s3.large.4", 2, 8, "General", (w.ChipSpec("Available", "success"),)),
    Flavor("c4.large.2", 2, 4, "Compute", (w.ChipSpec("Few left", "warning"),)),
    Flavor("s3.medium.1", 1, 1, "General", (w.ChipSpec("Less than 4 GiB of memory"),), "Less than 4 GiB of memory"),
    Flavor("s2.xlarge.2", 4, 8, "General", (w.ChipSpec("Sold out in eu-de-01"),), "Sold out in eu-de-01"),
]


def flavors() -> RowsModel[Flavor]:
    columns = [
        Column[Flavor]("Flavor", lambda row: row.name, icon=lambda _: ("cpu", "accent")),
        Column[Flavor]("vCPU", lambda row: str(row.cpus), 18, "right", "muted"),
        Column[Flavor]("Memory", lambda row: f"{row.memory} GiB", 22, "right", "muted"),
        Column[Flavor]("Kind", lambda row: row.kind, 26, tone="muted"),
        Column[Flavor]("Fit", lambda _: "", 84, chips=lambda row: row.chips),
    ]
    return RowsModel(columns, key=lambda row: row.name, excluded=lambda row: row.reason)


def server() -> QWidget:
    widget = QWidget()
    widget.resize(1120, 740)
    outer = w.row(widget, gap=0)
    stepper = w.Stepper()
    stepper.set_heading("New image")
    stepper.set_practice(True)
    stepper.set_steps(
        [
            w.Step("account", "Account", "done", "Open Telekom Cloud · eu-de"),
            w.Step("iso", "ISO", "done", "debian-12.7.0-amd64-netinst.iso"),
            w.Step("image", "Image", "problem", "debian-12-base"),
            w.Step("server", "Server", "current"),
            w.Step("network", "Network"),
            w.Step("review", "Review"),
            w.Step("build", "Build"),
        ]
    )
    outer.addWidget(stepper)
    right = w.column(gap=0)
    outer.addLayout(right, 1)
    box = w.column(gap=4, margins=(8, 7, 8, 4))
    right.addLayout(box, 1)
    box.addWidget(w.PageHeader("Temporary server", "A small machine the OS is installed on. It is deleted afterwards."))
    tools = w.row(gap=3)
    tools.addWidget(w.ComboBox([("eu-de-01", 1)]), 1)
    search = w.SearchEdit("Filter by name, vCPU or memory")
    tools.addWidget(search, 3)
    tools.addWidget(QCheckBox("Show 41 that do not fit"))
    box.addLayout(tools)
    model = flavors()
    table = w.Table(model, "Flavors")
    model.set_rows(FLAVORS)
    table.choose("s3.large.2")
    table._hover(2)
    listing = w.StatefulList(w.TableCard(table))
    listing.set_content()
    box.addWidget(listing, 1)
    section = w.Section("Disks")
    fields = w.row(gap=4)
    for each in (
        w.Field("Disk type", w.ComboBox([("High I/O (SAS)", 1)]), "Faster types shorten the installation."),
        w.Field("System disk", w.SpinBox(40, 1), "Holds the installer; deleted afterwards."),
        w.Field("Data disk", w.SpinBox(40, 1), "Becomes the image: its size is the image's minimum disk."),
    ):
        fields.addWidget(each, 1, Qt.AlignmentFlag.AlignTop)
    section.body.addLayout(fields)
    box.addWidget(section)
    footer = w.Footer()
    footer.set_hint("1 check must be fixed first: Image quota", "danger")
    footer.set_primary("Continue")
    footer.add_action("Save as profile…")
    right.addWidget(footer)
    w.FocusRing(widget)
    search.setFocus(Qt.FocusReason.TabFocusReason)
    return widget


def build() -> QWidget:
    widget, box = page("Your turn: install the OS", 1120, 1000)
    columns = w.row(gap=6)
    box.addLayout(columns)
    timeline = w.Timeline()
    for stage, title, state, detail, took in (
        ("a", "Sign in", "done", "d.white in eu-de_images", "2 s"),
        ("b", "Upload", "skipped", "The ISO is in a bucket already", ""),
        ("c", "Register ISO", "done", "iso-debian-12-base-7f3a", "1 min 40 s"),
        ("d", "Launch temporary server", "running", "", "48 s"),
        ("e", "Install the OS", "your_turn", "", "12 min 06 s"),
        ("f", "Capture the data disk", "failed", "", "4 s"),
        ("g", "Verify", "waiting", "", ""),
        ("h", "Clean up", "waiting", "", ""),
    ):
        row = timeline.add_stage(stage, title)
        row.set_detail(detail)
        row.set_elapsed(took)
        timeline.set_state(stage, state)
    timeline.stage("c").append_log("10:02:11 request 7c5f1e0a")
    running = timeline.stage("d")
    running.set_progress(0.45)
    running.set_live("Job ff8080828 RUNNING: disk 2 of 2 is being attached")
    running.append_log("10:02:11 POST /v1/cloudservers  202  7c5f1e0ab33d4c0fa2e6")
    running.append_log("10:02:12 GET /v1/jobs/ff8080828  RUNNING")
    running.set_log_open(True)
    turn = QWidget()
    inner = w.column(turn, gap=2)
    inner.addWidget(w.WrapLabel("Install Debian 12 on the second disk (40 GiB, /dev/vdb), then power off."))
    inner.addLayout(line(w.Button("Open console", "primary", "monitor-play")))
    timeline.stage("e").set_body(turn)
    error = w.ErrorCard(
        "The name “debian-12-base” was taken by another image meanwhile.",
        "Your installed system is safe: it is on the data disk, which still exists. Nothing has to be installed again.",
        code="IMG.0009",
        request_id="7c5f1e0ab33d4c0fa2e6",
        facts=[("Answer", "400  image name already exists")],
        framed=False,
    )
    error.add_action("Choose another name…")
    error.add_action("Retry as it is")
    timeline.stage("f").set_body(error)
    left = w.column(gap=2)
    left.addWidget(timeline)
    left.addStretch(1)
    columns.addLayout(left, 1)
    side = w.column(gap=4)
    panel = w.ResourcePanel()
    panel.set_resources(
        [
            w.Resource("iso-debian-12-base-7f3a", "ISO image"),
            w.Resource("isowright-7f3a", "Temporary server", "desktop-tower", "running", "Starting"),
            w.Resource("isowright-7f3a-system", "Disk, 40 GiB", "hard-drive", "deleted"),
            w.Resource("isowright-7f3a-data", "Disk, becomes the image of this run", "hard-drive"),
        ]
    )
    panel.set_sentence("The server is billed by the hour while it exists.")
    panel.setFixedWidth(264)
    side.addWidget(panel)
    checks = w.Card(padded=False)
    for at, (label, state, why, remedy) in enumerate(
        (
            ("Image quota", "failed", "100 of 100 private images exist in this project.", "Open image list"),
            ("Free addresses", "warning", "subnet-a has 3 left. The server needs one.", "Choose another subnet"),
            ("Server can be started (dry run)", "running", "", ""),
            ("Name is free", "done", "", ""),
        )
    ):
        if at:
            checks.add_line(11)
        check = w.CheckItem(label)
        check.set_check(state, why=why, remedy=remedy)
        checks.add(check)
    checks.setFixedWidth(264)
    side.addWidget(checks)
    side.addStretch(1)
    columns.addLayout(side)
    box.addStretch(1)
    return widget


def home() -> QWidget:
    widget, box = page("Isowright", 1120, 740)
    cards = []
    for name, where in (
        ("debian-12-base", "Open Telekom Cloud · eu-de"),
        ("win2022", "Huawei Cloud Europe"),
        ("tour", ""),
    ):
        card = w.Card()
        head = w.row(gap=3)
        head.addWidget(w.Tile("hard-drives"))
        words = w.column(gap=0.5)
        words.addWidget(w.ElidedLabel(name, "strong"))
        if where:
            words.addWidget(w.ElidedLabel(where, "caption", "muted"))
        else:
            words.addLayout(line(w.PracticeBadge()))
        head.addLayout(words, 1)
        head.addWidget(w.IconButton("dots-three", "More", small=True), 0, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(head)
        foot = w.row(gap=2)
        foot.addWidget(w.StateGlyph("done", size=4))
        foot.addWidget(w.Label("Image created 3 days ago", "caption"))
        foot.addStretch(1)
        foot.addWidget(w.Button("Run", icon="play", small=True))
        card.body.addLayout(foot)
        cards.append(card)
    flow = w.FlowGrid(min_width=60)
    flow.set_widgets(cards)
    section = w.Section("Profiles")
    section.add_head(w.Button("Import…", "link"))
    section.add(flow)
    box.addWidget(section)
    runs = w.Card(padded=False)
    for at, (name, second, glyph, tone) in enumerate(
        (
            ("rocky-9-minimal", "Upload · 62 % · 3 min left", "running", "accent"),
            ("debian-12-base", "Image created", "done", "muted"),
            ("win2022-std-en", "Failed at Launch temporary server", "failed", "danger"),
            ("tour", "Cancelled, nothing left behind", "cancelled", "muted"),
        )
    ):
        if at:
            runs.add_line(11.5)
        row = w.ListRow(
            name, second, glyph=glyph, tone=tone, facts=[("Huawei Cloud · cn-north-4", 50), ("3 days ago", 24)]
        )
        if not at:
            bar = w.ProgressBar(0.62)
            bar.setFixedWidth(144)
            row.slot.addWidget(bar)
        if at == 3:
            row.beside.insertWidget(1, w.PracticeBadge())
        runs.add(row)
    section = w.Section("Runs")
    section.add(runs)
    box.addWidget(section)
    error = w.ErrorCard(
        "The cloud refused the password",
        "Nothing was created. After five wrong passwords the account is locked for 15 minutes.",
        "Check user and password, then sign in again.",
        code="IAM.0011",
        request_id="7c5f1e0ab33d4c0fa2e6",
    )
    error.add_action("Sign in again")
    box.addWidget(error)
    facts = w.Card()
    facts.add(w.KeyValue("Boots with", "BIOS and UEFI", glyph="done"))
    facts.add(w.KeyValue("Storage class", "Cold", glyph="warning"))
    facts.add_line()
    facts.add(w.KeyValue("Account", "OTC-EU-DE-00000000001000055", stacked=True))
    facts.add(w.KeyValue("Label", "Debian 12.7.0 amd64 n", mono=True))
    facts.setFixedWidth(280)
    box.addWidget(facts)
    box.addStretch(1)
    return widget


PAGES: dict[str, Callable[[], QWidget]] = {
    "controls": controls,
    "lists": lists,
    "server": server,
    "build": build,
    "home": home,
}
