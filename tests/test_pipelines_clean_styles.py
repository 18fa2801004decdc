import pytest
from lxml import html
from spam_pages import STYLES

from pipelines.clean.hidden import Hiding
from pipelines.clean.sheets import Sheets
from pipelines.clean.styles import colour, declarations, how_hidden

SHOWN = (
    "", "display:block", "display:flex;visibility:visible", "position:absolute;left:0", "position:relative;left:-10px", "left:-50%", "margin-left:-15px",
    "margin:0 auto", "margin:-20px 0", "transform:translate(-50%,-50%)", "transform:scale(1.05)", "transform:rotate(90deg)", "font-size:12px", "font-size:1rem", "font-size:100%",
    "font:bold 12px/30px Georgia, serif", "opacity:1", "opacity:.9", "filter:opacity(50%)", "z-index:10", "height:1px", "height:0", "overflow:hidden;height:200px",
    "line-height:1.5", "color:#333", "color:rgba(0,0,0,.87)", "clip:auto", "clip-path:inset(0)", "text-indent:2em", "letter-spacing:-1px", "zoom:1", "scale:1", "content-visibility:auto",
    "background:url(/none.png)", "width:1px", "visibility", "clip-path:polygon(0 0, 100% 0, 100% 100%)", "margin-left:-100%", "top:-50px",
)  # fmt: skip


@pytest.mark.parametrize("style", SHOWN)
def test_ordinary_styles_hide_nothing(style: str) -> None:
    assert how_hidden(declarations(style)) is None


@pytest.mark.parametrize("name", STYLES)
def test_every_way_of_the_generator_is_known(name: str) -> None:
    element = html.document_fromstring(f'<p style="{STYLES[name]}">x</p>').find(".//p")
    assert element is not None
    assert Hiding(None).how(element) is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#fff", (255, 255, 255, 1.0)),
        ("White", None),
        ("white", (255, 255, 255, 1.0)),
        ("#ffffff00", (255, 255, 255, 0.0)),
        ("rgb(0 0 0 / 0)", (0, 0, 0, 0.0)),
        ("rgb(100%,0%,0%)", (255, 0, 0, 1.0)),
        ("hsl(120, 100%, 50%)", (0, 255, 0, 1.0)),
        ("no-repeat #123456 top", (18, 52, 86, 1.0)),
        ("inherit", None),
        ("rgb(1,2)", None),
        ("#12", None),
    ],
)
def test_colours_are_read(text: str, expected: object) -> None:
    assert colour(text) == expected


PAGE = """<html><head><style>
/* .plain { */ .gone{display:none} #off , .x{position:absolute;left:-9999px}
.a .b > .c{opacity:0} p.d{font-size:0} [data-e=f]{visibility:hidden}
@media print{.plain{display:none}} @media (max-width:600px){.plain{display:none}} @media screen{.screen{display:none}}
@supports (display:grid){.grid{text-indent:-9999px}} .plain:hover{display:none} .plain + .plain{display:none}
.k\\:l{display:none} @font-face{font-family:x;src:url(y)} @import url(z.css); .last{display:none!important
</style></head><body class="plain"><p class="gone">1</p><p id="off">2</p><div class="a"><i><b class="b"><u class="c">3</u></b></i></div>
<p class="d">4</p><p data-e="f">5</p><p class="screen">6</p><p class="grid">7</p><p class="k:l">8</p><p class="last">9</p>
<p class="plain">-</p><div class="d">-</div><b class="b"><u class="c">-</u></b><p class="b"><i><u class="c">-</u></i></p></body></html>"""


def test_style_elements_are_read_as_a_browser_with_a_wide_screen_does() -> None:
    tree = html.document_fromstring(PAGE)
    hiding = Hiding(Sheets(tree))
    hidden = {"".join(each.itertext()) for each in tree.iter("p", "u", "div") if hiding.how(each)}
    assert hidden == set("123456789")


@pytest.mark.parametrize("sheet", ["{", "}", "a{b{c{", "}}}}.x{display:none", "@media{", "@media screen{.x{display:none", "/*", ".x{;;;:}", "\\", ",,,{display:none}"])  # fmt: skip
def test_no_broken_sheet_raises(sheet: str) -> None:
    tree = html.document_fromstring(f"<html><head><style>{sheet}</style></head><body><p class='x'>t</p></body></html>")
    hiding = Hiding(Sheets(tree))
    assert [each for each in tree.iter("body") if hiding.how(each)] == []
