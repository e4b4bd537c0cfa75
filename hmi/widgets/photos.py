"""Photos of the shift log: fetched once and kept as long as the panel runs, chosen from the folders of this panel, seen whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, QStandardPaths, QStorageInfo, Qt, QTemporaryDir
from PySide6.QtGui import QImage, QImageReader, QImageWriter, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.theme import STRIP_HEIGHT, Look
from hmi.viewmodels import wire
from hmi.viewmodels.format import clock_minutes, date_text, number_text
from hmi.viewmodels.shift_log import PHOTO_MAX_BYTES, PHOTO_READ_MAX_BYTES, PHOTO_SIDE_MAX, Photo, photo_fault
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.dialogs import PanelDialog, label
from hmi.widgets.entrylist import THUMB_HEIGHT, THUMB_WIDTH, Entry, EntryList, Said
from hmi.widgets.painted import Painted
from hmi.widgets.rowtable import Pager

PHOTO_REPLY: Final = "log.photo.of."
ENDINGS: Final = frozenset({".jpg", ".jpeg", ".png"})
FILES_MAX: Final = 200
"""Pictures that are offered of one folder, the newest."""
DEPTH_MAX: Final = 2
"""Folders below a folder that are looked into: a camera puts its pictures into DCIM/100."""
LOOKED_MAX: Final = 5000
REDUCED_SIDE: Final = 2560
"""Pixels on the longer side of a photo that is made smaller: more than any panel shows."""
REDUCED_QUALITY: Final = 85


def decoded(content: bytes, within: QSize | None = None) -> QImage:
    """The picture, turned as its camera says; smaller when ``within`` is given. A null image for what is none."""
    data = QByteArray(content)
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if within is not None and size.isValid() and (size.width() > within.width() or size.height() > within.height()):
        side = max(within.width(), within.height())
        reader.setScaledSize(size.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    buffer.close()
    return image


def sides_of(content: bytes) -> QSize:
    """Width and height in pixels, without reading the picture; not valid for what is none."""
    data = QByteArray(content)
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    size = QImageReader(buffer).size()
    buffer.close()
    return size


class PhotoStore:
    """Photos by their hash. ``picture`` gives a small one for lists and fetches it when it is not there; ``changed`` is called
    when one has come. Without somebody who is logged in the server gives none: they are asked for again after the login."""

    def __init__(self, context: PanelContext, changed: Callable[[], None]) -> None:
        self.context, self._changed = context, changed
        self._folder = QTemporaryDir()
        self._small: dict[str, QPixmap] = {}
        self._asked: dict[str, int] = {}
        self._refused: dict[str, int] = {}
        self._user = ""

    def take_over(self, before: PhotoStore) -> None:
        """Go on with what ``before`` has."""
        self._folder, self._small, self._refused, self._user = before._folder, before._small, before._refused, before._user

    def keep(self, photo: str, content: bytes) -> None:
        """One that was sent from here need not be fetched."""
        self._file(photo).write_bytes(content)

    def status(self, photo: str) -> int:
        """How the server answered the last time; 0 while it has not."""
        return self._refused.get(photo, 0)

    def _file(self, photo: str) -> Path:
        return Path(self._folder.path()) / photo

    def content(self, photo: str) -> bytes | None:
        """The whole photo; None while it is not here, then it is fetched."""
        file = self._file(photo)
        if photo and file.is_file():
            return file.read_bytes()
        self._ask(photo)
        return None

    def picture(self, photo: str) -> QPixmap | None:
        """The photo as small as lists show it."""
        known = self._small.get(photo)
        if known is None:
            content = self.content(photo)
            if content is None:
                return None
            image = decoded(content, QSize(2 * THUMB_WIDTH, 2 * THUMB_HEIGHT))
            known = self._small[photo] = QPixmap.fromImage(image)
        return known

    def _ask(self, photo: str) -> None:
        store = self.context.store
        user = store.user.user if store.user is not None else ""
        if user != self._user:
            self._user = user
            self._refused.clear()
        if not photo or not user or not store.live or photo in self._asked or photo in self._refused:
            return
        self._asked[photo] = 1
        self.context.on_reply[PHOTO_REPLY + photo] = lambda reply, p=photo: self._take(p, reply)
        self.context.port.download(f"/api/attachments/{photo}", {}, self._file(photo), PHOTO_REPLY + photo)

    def _take(self, photo: str, reply: Obj) -> None:
        self._asked.pop(photo, None)
        self.context.on_reply.pop(PHOTO_REPLY + photo, None)
        status = wire.integer(reply, "status")
        if status != 200:
            self._refused[photo] = status
        self._changed()

    def again(self) -> None:
        """Ask anew for what did not come."""
        self._refused.clear()


# ---- choosing -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A picture in a folder of this panel; ``fault`` is why it is not taken: size, kind, or ''."""

    path: Path
    size: int
    changed_ns: int
    fault: str


def folders() -> list[tuple[str, Path]]:
    """Where pictures may be: the person's own folders, and what is plugged in."""
    places = QStandardPaths.StandardLocation
    named = (
        (translate("Photo", "Pictures"), places.PicturesLocation), (translate("Photo", "Documents"), places.DocumentsLocation),
        (translate("Photo", "Downloads"), places.DownloadLocation),
    )  # fmt: skip
    found = [(name, Path(p)) for name, place in named if (p := QStandardPaths.writableLocation(place)) and Path(p).is_dir()]
    for volume in QStorageInfo.mountedVolumes():
        root = volume.rootPath()
        if volume.isReady() and root.startswith(("/media/", "/run/media/", "/mnt/")):
            found.append((volume.displayName() or root, Path(root)))
    return found or [(translate("Photo", "Home folder"), Path.home())]


def pictures_in(folder: Path) -> list[Found]:
    """Pictures of a folder and of those below it, the newest first; what cannot be read is left out."""
    found: list[Found] = []
    for path in _files(folder, DEPTH_MAX, [LOOKED_MAX]):
        if path.suffix.lower() in ENDINGS:
            try:
                stat = path.stat()
                with path.open("rb") as file:
                    fault = photo_fault(file.read(8), stat.st_size)
            except OSError:
                continue
            found.append(Found(path, stat.st_size, stat.st_mtime_ns, fault))
    return sorted(found, key=lambda f: (-f.changed_ns, f.path.name))[:FILES_MAX]


def _files(folder: Path, depth: int, left: list[int]) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        left[0] -= 1
        if left[0] < 0:
            return
        if entry.is_file():
            yield entry
        elif depth and entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
            yield from _files(entry, depth - 1, left)


def size_text(size: int, language: str) -> str:
    """``840 KB`` or ``6.2 MB``."""
    if size < 1_000_000:
        return translate("Photo", "{n} KB").format(n=number_text(size / 1024, 0, language))
    return translate("Photo", "{n} MB").format(n=number_text(size / 1024 / 1024, 1, language))


def fault_words(fault: str, language: str) -> str:
    """Why a picture is not taken, and what to do."""
    limit = size_text(PHOTO_READ_MAX_BYTES, language)
    texts = {
        "size": translate("Photo", "Larger than {limit}: take it again with a smaller size set in the camera").format(
            limit=limit
        ),
        "kind": translate("Photo", "No JPEG or PNG: the file is damaged or of another kind"),
        "gone": translate("Photo", "The file cannot be read any more"),
    }
    return texts.get(fault, "")


def read_photo(path: Path) -> tuple[Photo | None, str]:
    """The photo of a file, or why not, as :func:`fault_words` takes it."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            fault = photo_fault(file.read(8), size)
        content = b"" if fault else path.read_bytes()
    except OSError:
        return None, "gone"
    if fault:
        return None, fault
    sides = sides_of(content)
    if size > PHOTO_MAX_BYTES or max(sides.width(), sides.height()) > PHOTO_SIDE_MAX:
        return reduced(path.stem, content)
    if decoded(content, QSize(64, 64)).isNull():
        return None, "kind"
    return Photo(path.name, content), ""


def reduced(name: str, content: bytes) -> tuple[Photo | None, str]:
    """A photo that is too large for the server, as a JPEG of at most :data:`REDUCED_SIDE` pixels; or why not."""
    image = decoded(content, QSize(REDUCED_SIDE, REDUCED_SIDE))
    if image.isNull():
        return None, "kind"
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"jpeg"))
    writer.setQuality(REDUCED_QUALITY)
    done = writer.write(image)
    buffer.close()
    small = bytes(data.data())
    if not done or len(small) > PHOTO_MAX_BYTES:
        return None, "size"
    return Photo(f"{name}.jpg", small, len(content)), ""


class PhotoPicker(PanelDialog):
    """The pictures of a folder, newest first, with what they show; one touch takes one. Those that are not taken say why."""

    def __init__(
        self, context: PanelContext, take: Callable[[Photo], None], parent: QWidget | None = None,
        places: Sequence[tuple[str, Path]] = (),
    ) -> None:  # fmt: skip
        super().__init__(context.look, translate("Photo", "Photo for the entry"), parent)
        self.context, self._take = context, take
        self.places = tuple(places) or tuple(folders())
        self.found: list[Found] = []
        self._small: dict[str, QPixmap] = {}
        look = context.look
        row = QHBoxLayout()
        row.setSpacing(look.px(10))
        self.where = Dropdown(look)
        self.where.chosen.connect(self.open_place)
        row.addWidget(self.where)
        limit = size_text(PHOTO_MAX_BYTES, context.store.language)
        hint = translate(
            "Photo", "JPEG or PNG; above {limit} it is made smaller. Put the card or stick of the camera into the panel."
        )
        row.addWidget(label(hint.format(limit=limit), "label", wrap=True), 1)
        self.body.addLayout(row)
        self.list = EntryList(look, picture=self._picture)
        self.list.chosen.connect(self.choose)
        self.list.setMinimumSize(look.px(760), look.px(380))
        self.body.addWidget(self.list, 1)
        self.verdict = label("", "error", wrap=True)
        self.verdict.setMinimumHeight(look.px(22))
        self.body.addWidget(self.verdict)
        last = QHBoxLayout()
        last.addWidget(self.cancel_button())
        last.addStretch(1)
        last.addWidget(Pager(self.list))
        self.body.addLayout(last)
        self.open_place("0")

    def open_place(self, key: str) -> None:
        """The pictures of another folder."""
        at = int(key)
        self.where.show_choices([Choice(str(i), name) for i, (name, _) in enumerate(self.places)], key)
        self.found = pictures_in(self.places[at][1])
        language = self.context.store.language
        entries: list[Entry] = []
        for f in self.found:
            facts = f"{date_text(f.changed_ns)} {clock_minutes(f.changed_ns)} · {size_text(f.size, language)}"
            said = [Said(f.path.name, bold=True), Said(facts, "label", small=True)]
            if f.fault:
                said.append(Said(f"✕ {fault_words(f.fault, language)}"))
            entries.append(Entry(str(f.path), tuple(said), photo="" if f.fault else str(f.path), leads=not f.fault))
        empty = translate("Photo", "There are no photos in this folder: {folder}")
        self.list.show_entries(entries, empty.format(folder=self.places[at][1]))
        self.list.first_page()

    def _picture(self, path: str) -> QPixmap | None:
        if path not in self._small:
            try:
                content = Path(path).read_bytes()
            except OSError:
                content = b""
            self._small[path] = QPixmap.fromImage(decoded(content, QSize(2 * THUMB_WIDTH, 2 * THUMB_HEIGHT)))
        return self._small[path]

    def choose(self, path: str) -> None:
        """Take this one; what is wrong with it is said."""
        photo, fault = read_photo(Path(path))
        if photo is None:
            self.verdict.setText(f"✕ {fault_words(fault, self.context.store.language)}")
            return
        self.accept()
        self._take(photo)


class PhotoFace(Painted):
    """A photo as large as there is room, or words in its place."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.pixmap: QPixmap | None = None
        self.words = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_photo(self, pixmap: QPixmap | None, words: str = "") -> None:
        """Show it, or say why not."""
        self.pixmap, self.words = pixmap, words
        self.changed()

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(160), self.look.px(120))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look = self.look
        p.setPen(QPen(look.colour("edge"), 1))
        p.setBrush(look.colour("track"))
        p.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))
        if self.pixmap is None or self.pixmap.isNull():
            p.setFont(look.font(15))
            p.setPen(look.colour("label"))
            flags = int((Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap).value)
            p.drawText(rect.adjusted(look.px(12), 0, -look.px(12), 0), flags, self.words)
            return
        size = self.pixmap.size().scaled(rect.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
        at = QRectF(rect.center().x() - size.width() / 2, rect.center().y() - size.height() / 2, size.width(), size.height())
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        p.drawPixmap(at.toRect(), self.pixmap)

    def spoken(self) -> list[str]:
        return [self.words] if self.pixmap is None and self.words else []


class PhotoView(PanelDialog):
    """The whole photo; a touch closes it."""

    def __init__(self, look: Look, title: str, pixmap: QPixmap, parent: QWidget) -> None:
        super().__init__(look, title, parent)
        self.face = PhotoFace(look)
        self.face.show_photo(pixmap)
        self.face.clicked.connect(self.accept)
        window = parent.window()
        self.face.setMinimumSize(window.width() - look.px(80), window.height() - look.px(STRIP_HEIGHT + 170))
        self.body.addWidget(self.face, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button(translate("Dialog", "Close"), self.accept, role="primary"))
        self.body.addLayout(row)
