"""Elements of HTML and SVG. Every text and every attribute is escaped here, whatever it holds."""

from markupsafe import Markup, escape

from xverify.report.text import one_line

Value = str | float | None


def tag(name: str, /, *children: Value, **attributes: Value) -> Markup:
    """An element. Attributes that are None are left out; `class_` is class, `_` elsewhere is a hyphen.

    >>> tag("text", "a < b", x=1.26, class_="name", data_k='"')
    Markup('<text x="1.3" class="name" data-k="&#34;">a &lt; b</text>')
    """
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(text(child) for child in children if child is not None)
    return Markup(f"<{name}{shown}>{inner}</{name}>")  # noqa: S704 - all that came in is escaped above


def text(value: Value) -> Markup:
    """Text as itself on one line; numbers with one decimal, which is what a drawing needs."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return escape(one_line(value))
    return Markup(number(value or 0.0))  # noqa: S704 - digits alone


def number(value: float) -> str:
    """A coordinate.

    >>> number(3.0), number(2.449)
    ('3', '2.4')
    """
    return f"{value:.1f}".removesuffix(".0")


def joined(parts: list[Markup]) -> Markup:
    """Elements one after the other."""
    return Markup("").join(parts)
