"""Palette, sizes and fonts of the panel: grey is normal, saturated colour means an alarm (ISA-101)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from PySide6.QtGui import QColor, QFont, QFontDatabase

BASE_WIDTH: Final = 1280
BASE_HEIGHT: Final = 800
STRIP_HEIGHT: Final = 64
RAIL_WIDTH: Final = 92
RAIL_TARGET: Final = 72
TOUCH: Final = 48
COMMAND: Final = 60
MARGIN: Final = 12
GAP: Final = 10
SCALE_MAX: Final = 1.6


@dataclass(frozen=True)
class Palette:
    """Colours by role, as ``#RRGGBB``. The four priorities are used for alarms and for nothing else."""

    name: str
    background: str
    pane: str
    edge: str
    line: str
    ink: str
    label: str
    value: str
    setpoint: str
    normal_band: str
    track: str
    running: str
    running_ink: str
    stopped: str
    stopped_ink: str
    strip: str
    field: str
    field_ink: str
    manual: str
    p1: str
    p2: str
    p3: str
    p4: str
    symbol_edge: str
    notice: str
    notice_ink: str

    def priority(self, priority: int) -> str:
        """Colour of an alarm priority 1…4."""
        return (self.p1, self.p2, self.p3, self.p4)[min(4, max(1, priority)) - 1]


DAY: Final = Palette(
    name="day", background="#D9D9D9", pane="#E3E3E3", edge="#B4B4B4", line="#6E6E6E", ink="#2B2B2B", label="#4A4A4A",
    value="#0B2E6B", setpoint="#00564D", normal_band="#A9C1D9", track="#C6C6C6", running="#FFFFFF", running_ink="#222222",
    stopped="#707070", stopped_ink="#FFFFFF", strip="#CBCBCB", field="#FFFFFF", field_ink="#111111", manual="#0057B8",
    p1="#C8102E", p2="#FFD400", p3="#E87200", p4="#A300A3", symbol_edge="#1A1A1A", notice="#2B2B2B", notice_ink="#F4F4F4",
)  # fmt: skip
NIGHT: Final = Palette(
    name="night", background="#2A2D30", pane="#33373A", edge="#4A4F53", line="#8C9296", ink="#DADCDD", label="#B0B5B8",
    value="#A9CBFF", setpoint="#7FD6C8", normal_band="#47586B", track="#3E4347", running="#E4E4E4", running_ink="#222222",
    stopped="#5C6063", stopped_ink="#FFFFFF", strip="#1F2123", field="#E4E4E4", field_ink="#111111", manual="#7DB4FF",
    p1="#FF4D5E", p2="#FFD400", p3="#E87200", p4="#D45CD4", symbol_edge="#1A1A1A", notice="#E4E4E4", notice_ink="#1A1A1A",
)  # fmt: skip
PALETTES: Final = {"day": DAY, "night": NIGHT}


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB`` (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1…21 of two colours (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class Look:
    """The theme in force: palette, scale and fonts. Widgets keep the object and read it whenever they paint."""

    def __init__(self, palette: Palette = DAY, scale: float = 1.0) -> None:
        self.palette = palette
        self.scale = scale
        self.blink_on = True
        families = set(QFontDatabase.families())
        self.family = next((f for f in ("Inter", "DejaVu Sans") if f in families), "sans-serif")
        self._fonts: dict[tuple[float, int], QFont] = {}

    def px(self, size: float) -> int:
        """Pixels of a length that the 1280×800 drawing gives as ``size``."""
        return round(size * self.scale)

    def font(self, size: float, weight: int = 400) -> QFont:
        """The panel's font with tabular digits; ``size`` in pixels of the 1280×800 drawing."""
        key = (size * self.scale, weight)
        if key not in self._fonts:
            font = QFont(self.family)
            font.setPixelSize(max(8, round(size * self.scale)))
            font.setWeight(QFont.Weight(weight))
            font.setFeature(QFont.Tag("tnum"), 1)
            self._fonts[key] = font
        return self._fonts[key]

    def colour(self, role: str) -> QColor:
        """The colour of a role of :class:`Palette`."""
        return QColor(str(getattr(self.palette, role)))

    def priority(self, priority: int) -> QColor:
        """The colour of an alarm priority."""
        return QColor(self.palette.priority(priority))


def scale_for(width: int, height: int) -> float:
    """How much larger than at 1280×800 everything is drawn in a window of this size."""
    return min(SCALE_MAX, max(1.0, min(width / BASE_WIDTH, height / BASE_HEIGHT)))


_SHEET: Final = """
* {{ font-family: "{family}"; font-size: {f15}px; color: {ink}; }}
QMainWindow, QWidget#page, QWidget#root {{ background: {background}; }}
QDialog {{ background: {background}; border: {b2}px solid {line}; }}
QWidget#strip {{ background: {strip}; border-bottom: 1px solid {edge}; }}
QWidget#rail {{ background: {strip}; border-right: 1px solid {edge}; }}
QFrame#pane {{ background: {pane}; border: 1px solid {edge}; border-radius: {r6}px; }}
QFrame#stripcell {{ border: none; border-left: 1px solid {edge}; }}
QFrame#locked {{ background: {pane}; border: none; border-bottom: {b2}px solid {line}; }}
QLabel {{ background: transparent; border: none; }}
QLabel[role="title"] {{ font-size: {f14}px; font-weight: 600; color: {label}; }}
QLabel[role="heading"] {{ font-size: {f20}px; font-weight: 700; }}
QLabel[role="small"] {{ font-size: {f12}px; color: {label}; }}
QLabel[role="label"] {{ font-size: {f14}px; color: {label}; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="value"] {{ color: {value}; font-weight: 600; }}
QLabel[role="setpoint"] {{ color: {setpoint}; font-weight: 600; }}
QLabel[role="big"] {{ font-size: {f30}px; font-weight: 600; color: {value}; }}
QLabel[role="clock"] {{ font-size: {f20}px; font-weight: 600; }}
QLabel[role="error"] {{ color: {ink}; font-weight: 600; }}
QLabel[role="notice"] {{ background: {notice}; color: {notice_ink}; font-weight: 600; padding: {pad6}px {pad12}px; }}
QPushButton {{ background: {pane}; border: {b2}px solid {line}; border-radius: {r6}px; padding: 0 {pad12}px;
  min-height: {touch}px; font-weight: 600; }}
QPushButton:pressed {{ background: {track}; }}
QPushButton:checked {{ background: {field}; color: {field_ink}; border-color: {ink}; }}
QPushButton:disabled {{ color: {line}; border-style: dashed; background: transparent; }}
QPushButton:focus {{ border-color: {ink}; }}
QPushButton[role="primary"] {{ background: {field}; color: {field_ink}; }}
QPushButton[role="primary"]:pressed {{ background: {track}; color: {ink}; }}
QPushButton[role="primary"]:disabled {{ background: transparent; color: {line}; }}
QPushButton[role="compact"] {{ min-height: {compact}px; min-width: {narrow}px;
  padding: 0 {pad10}px; }}
QPushButton[role="command"] {{ min-height: {command}px; min-width: {command_w}px; }}
QPushButton[role="key"] {{ min-height: {key}px; min-width: {key}px; padding: 0; font-size: {f18}px; }}
QPushButton[role="flat"] {{ background: transparent; border: none; border-radius: 0; padding: 0 {pad6}px; text-align: left; }}
QPushButton[role="flat"]:pressed {{ background: {track}; }}
QLineEdit {{ background: {field}; color: {field_ink}; border: {b2}px solid {line}; border-radius: {r6}px; padding: 0 {pad10}px;
  min-height: {touch}px; font-size: {f18}px; selection-background-color: {normal_band}; selection-color: {field_ink}; }}
QLineEdit:focus {{ border-color: {value}; }}
QPlainTextEdit {{ font-family: "{mono}"; font-size: {f14}px; background: {page}; color: {page_ink}; border: {b2}px solid {line};
  selection-background-color: {normal_band}; selection-color: {page_ink}; }}
QAbstractScrollArea::corner {{ background: {track}; border: none; }}
QPlainTextEdit[readOnly="true"] {{ background: {pane}; color: {ink}; }}
QTextBrowser#document {{ background: {pane}; color: {ink}; border: none; }}
QTableWidget {{ background: transparent; border: none; gridline-color: transparent; font-size: {f14}px; outline: 0;
  selection-background-color: {track}; selection-color: {ink}; }}
QTableWidget::item {{ border-bottom: 1px solid {edge}; padding: 0 {pad6}px; }}
QTableWidget::item:selected {{ background: {track}; color: {ink}; }}
QHeaderView {{ background: transparent; border: none; }}
QHeaderView::section {{ background: transparent; border: none; border-bottom: 1px solid {edge}; color: {label};
  font-size: {f13}px; font-weight: 600; padding: {pad4}px {pad6}px; }}
QScrollBar:vertical {{ background: {track}; width: {bar}px; }}
QScrollBar::handle:vertical {{ background: {line}; min-height: {touch}px; border-radius: {r6}px; }}
QScrollBar:horizontal {{ background: {track}; height: {bar}px; }}
QScrollBar::handle:horizontal {{ background: {line}; min-width: {touch}px; border-radius: {r6}px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
"""


def style_sheet(look: Look) -> str:
    """The style sheet of standard widgets in this look; painted widgets need none."""
    sizes = {
        "f12": 12.5, "f13": 13, "f14": 14, "f15": 15, "f18": 18, "f20": 20, "f30": 30, "r6": 6, "pad4": 4, "pad6": 6, "pad10": 10,
        "pad12": 12, "touch": TOUCH, "compact": 46, "narrow": 28, "command": COMMAND, "command_w": 96, "key": 52, "bar": 24,
    }  # fmt: skip
    colours = {f.name: str(getattr(look.palette, f.name)) for f in fields(look.palette)}
    lengths = {name: look.px(size) for name, size in sizes.items()}
    night = look.palette is NIGHT  # a page of text is no field: a white one dazzles at night
    colours["page"] = colours["background" if night else "field"]
    colours["page_ink"] = colours["ink" if night else "field_ink"]
    mono = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    return _SHEET.format(family=look.family, mono=mono, b2=max(1, int(1.5 * look.scale)), **lengths, **colours)
