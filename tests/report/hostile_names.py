"""Names that a model, a file or a user could have, each of which would break some report; and a comparison full of one."""

import math

from sample_comparisons import layer, measure, passing

from xverify.comparison.results import (
    Cause,
    Comparison,
    Confidence,
    Coverage,
    Known,
    ParameterFinding,
    Parameters,
    Regression,
    Regressions,
    Status,
)

HOSTILE_NAMES = {
    "escape sequence": "conv\x1b[31m\x1b]0;title\x07",
    "c1 control": "conv\x9b31m\x85next\x90device\x9c",
    "every control": "".join(map(chr, [*range(32), *range(127, 160)])) + "end",
    "line breaks": "a\nb\rc\r\nd\u2028e\u2029f\x0bg\x0ch",
    "bidi override": "user\u202egnp.exe\u2066\u2069\u200f",
    "zero width": "con\u200bv\ufeff\u2060",
    "lone surrogates": "caf\udce9 \ud800 \udfff",
    "noncharacters": "a\ufffeb\uffffc\U0001ffff",
    "beyond the basic plane": "网络 üñ \U0001d518 👩\u200d🔬",
    "markdown": "a|b `c` *d* _e_ [f](http://g) ![h](i) # j ~~k~~ \\| \\",
    "markdown link": "http://evil.example/x www.evil.example <http://a.b>",
    "markdown block": "1. - > ### ``` --- ===",
    "html": "<script>alert('1')</script><img src=x onerror=\"a\"> &lt; &amp;&#0;",
    "xml": "]]> <!-- a --> <![CDATA[ b ]]> <?pi?> &undefined; \"'",
    "rich markup": "[bold]evil[/bold] [/] [link=http://a]b[/link]",
    "workflow command": "::error file=a,line=1::hacked",
    "workflow command after blanks": " \t\n ::set-output name=x::y",
    "workflow command of old": "x ##[add-mask]y ##vso[task.setvariable variable=a]b ##teamcity[c]",
    "percent escapes": "100%0A::warning::x %25 %3A",
    "format fields": "{0} {layer} %s %(x)s ${HOME} $(id)",
    "templates": "{{ 7 * 7 }} {% raw %} ${{ secrets.TOKEN }}",
    "only blanks": " \t\n ",
    "empty": "",
    "very long": "x" * 20_000 + "|",
}


def named(name: str) -> Comparison:
    """A comparison in which every text that can come from outside is `name`; ids alone are ids."""
    failed = layer(
        name, name, (2, 3), id="evil", status=Status.FAILED, reason=name, tolerance_reason=name,
        local=measure(math.inf, 1.0, passed=False, problem=name), source_line=f"{name}:3: {name}",
        dims=name, matlab_layer=name, inputs=(name,), inherited_from=(name,),
    )  # fmt: skip
    bare = layer(name, "add", (3, 5), id="bare", status=Status.NOT_COMPARED, reason=name)
    skipped = layer(name, "add", (3, 5), id="skip", status=Status.NOT_COMPARED, reason=name, permitted=name or "x")
    cause = Cause("evil", name, name, Confidence.LIKELY, 1.0, 0.0, 1.0, 1.0, (name,), (name,), (name,))
    return passing(
        passed=False, bundle=name, bundle_id=name, model=name, against=name, layers=(failed, bare, skipped),
        first_fault="evil", faults=("evil",), causes=(cause,), coverage=Coverage(1, 3),
        parameters=Parameters(1, (ParameterFinding(name, (name,), name, (name,)),)),
        notes=(name,), problems=(name,), environment={name: name, "reference": name}, date=name, command=name,
    )  # fmt: skip


def regressions(name: str) -> Regressions:
    """A baseline whose every text is `name`: the failing layer is worse, the other was known."""
    worse = (
        Regression("evil", "worse", name),
        Regression(name, "coverage lost", name),
        Regression("", "problem", name),
    )
    return Regressions(name, name, name, worse, (Known("bare", name), Known("", name)), (name,), (name,))
