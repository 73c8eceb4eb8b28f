"""A desk's brand colour, made readable. Pure: hex in, hex out.

A brand may choose any colour; text on it and text in it must still reach 4.5:1 (WCAG 2.2, 1.4.3),
in the light and in the dark scheme. The hue stays, the lightness gives way.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

# The surfaces text in the brand's colour stands on: those of tokens.css, at their worst for it.
LIGHT_SURFACE = "#e6e3dc"
DARK_SURFACE = "#2a2825"
ENOUGH = 4.5
FALLBACK = "#1f6f5c"


@dataclass(frozen=True)
class Brand:
    """Colours for one desk: a fill and the text on it, and the brand as text in both schemes."""

    fill: str
    on_fill: str
    ink_light: str
    ink_dark: str


def brand(color: str) -> Brand:
    """Return readable colours for a brand's `#rrggbb`; anything else gives the house's own."""
    try:
        rgb = _parse(color)
    except ValueError:
        rgb = _parse(FALLBACK)
    white, black = (1.0, 1.0, 1.0), _parse("#171512")
    # White text where a slightly darker fill allows it: that is what people expect of a button.
    fill = _until(rgb, white, darker=True, at_most=0.12)
    on_fill = white
    if _contrast(fill, white) < ENOUGH:
        fill, on_fill = _until(rgb, black, darker=False), black
    return Brand(
        fill=_hex(fill),
        on_fill=_hex(on_fill),
        ink_light=_hex(_until(rgb, _parse(LIGHT_SURFACE), darker=True)),
        ink_dark=_hex(_until(rgb, _parse(DARK_SURFACE), darker=False)),
    )


Rgb = tuple[float, float, float]


def _parse(color: str) -> Rgb:
    if len(color) != 7 or color[0] != "#":
        raise ValueError(color)
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(max(0.0, min(1.0, part)) * 255):02x}" for part in rgb)


def _luminance(rgb: Rgb) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _contrast(one: Rgb, other: Rgb) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _until(rgb: Rgb, against: Rgb, *, darker: bool, at_most: float = 1.0) -> Rgb:
    """Return `rgb` at the nearest lightness that reads on `against`, moved by at most `at_most`."""
    hue, light, saturation = colorsys.rgb_to_hls(*rgb)
    step = -0.01 if darker else 0.01
    moved = 0.0
    while _contrast(rgb, against) < ENOUGH and moved < at_most and 0 <= light + step <= 1:
        light += step
        moved += 0.01
        # Compared as it will be written: rounding to 8 bits must not lose the last hundredth.
        rgb = _parse(_hex(colorsys.hls_to_rgb(hue, light, saturation)))
    return rgb
