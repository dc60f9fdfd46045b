"""
Bars for the months, as SVG. The only user of pygal.

What is told apart is told apart by the pattern, with the colour: on a grey printer, and by
readers who see colours otherwise. Each value stands on its bar.
"""

import re
from dataclasses import dataclass

from mailbot.report.sheet import Chart

#: Of the palette of Okabe and Ito, dark enough for white paper and light enough for a dark
#: screen: a contrast of 3:1 on either (WCAG 2.2, 1.4.11).
_BLUE, _VERMILION = "#0072b2", "#d55e00"

#: And what pygal leaves empty below the legend.
_WIDTH, _HEIGHT, _EMPTY = 760, 190, 22
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
#: Its script, and the words for a mouse that only that would show.
_FOR_A_MOUSE = re.compile(
    r'<script.*?</script>|<g [^>]*class="tooltip"[^>]*>.*?</g>|<desc[^>]*>.*?</desc>', re.DOTALL
)

_HATCH = (
    '<pattern id="hatch-{name}" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect width="2.5" height="6" fill="{colour}"/></pattern>'
)
_DRAWN_SO = (
    "#chart-{name} .color-1 rect, #chart-{name} .legend rect.color-1"
    " {{fill: url(#hatch-{name}); stroke: {colour}; stroke-width: 1.2;}}"
    " #chart-{name} .axis .line {{stroke: none;}}"
)


@dataclass(frozen=True)
class Ink:
    """
    The colour of words and lines, and the letters.
    """

    colour: str
    letters: str


#: On a page the colour of the text around it, by day and by night.
ON_SCREEN = Ink("currentColor", "Arial, Helvetica, sans-serif")
ON_PAPER = Ink("#1c1c1a", "Libertinus Serif")


def svg(chart: Chart, ink: Ink) -> str:
    """
    The chart as one element; the same each time.
    """
    # Few commands draw, and it takes a third of a second to load.
    import pygal  # noqa: PLC0415
    from pygal.style import Style  # noqa: PLC0415

    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground=ink.colour,
        foreground_strong=ink.colour,
        foreground_subtle=ink.colour,
        opacity="1",
        opacity_hover="1",
        transition="none",
        colors=(_VERMILION if chart.series[0].is_bad else _BLUE, _BLUE),
        value_colors=(ink.colour, ink.colour),
        font_family=ink.letters,
        label_font_size=12,
        major_label_font_size=12,
        legend_font_size=14,
        value_font_size=13,
    )
    drawn = pygal.Bar(
        style=style,
        js=[],
        width=_WIDTH,
        height=_HEIGHT,
        explicit_size=False,
        disable_xml_declaration=True,
        legend_at_bottom=True,
        legend_box_size=16,
        print_values=True,
        print_values_position="top",
        show_y_labels=False,
        show_y_guides=False,
        truncate_label=-1,
        margin=4,
        spacing=10,
        # Room for the number on the highest bar.
        range=(0, max(1, *(max(each.values) for each in chart.series)) * 1.2),
        formatter=lambda value: str(value) if value else "",
    )
    drawn.x_labels = list(chart.months)
    for each in chart.series:
        drawn.add(each.name, list(each.values))
    return _tidied(drawn.render(is_unicode=True), drawn.uuid, chart.name)


def _tidied(text: str, uuid: str, name: str) -> str:
    """
    Under a name that is the same each time, with a pattern for each second series.
    """
    text = text.replace(f"chart-{uuid}", f"chart-{name}")
    text = _FOR_A_MOUSE.sub("", _COMMENT.sub("", text))
    hatch = _HATCH.format(name=name, colour=_BLUE)
    drawn_so = _DRAWN_SO.format(name=name, colour=_BLUE)
    return (
        text.replace(f"0 0 {_WIDTH} {_HEIGHT}", f"0 0 {_WIDTH} {_HEIGHT - _EMPTY}", 1)
        .replace("<defs>", f"<defs>{hatch}", 1)
        .replace("</style>", f"{drawn_so}</style>", 1)
        .strip()
    )
