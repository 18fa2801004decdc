import pytest
from articles import article, paragraphs

FLASH = "The harbour of the town was opened again by the mayor, who spoke for an hour before the crowd. "
STUB = paragraphs(FLASH + FLASH, "The budget, however, shows that the council had")
WHOLE = paragraphs(
    *(f"On day {day} the harbour of the town was opened a bit more by its mayor. " * 3 for day in range(10))
)
BOX = "<div class='paywall-box'><h3>{words}</h3><button>Subscribe</button></div>"


def paywall(story: str, behind: str, *, declared: str = "") -> bool | None:
    node = f'{{"@type": "NewsArticle", "headline": "Harbour opens"{declared}}}'
    html = (
        f"<html lang='en'><head><title>Harbour opens</title><script type='application/ld+json'>{node}</script></head>"
        f"<body><article><h1>Harbour opens</h1>{story}{behind}</article></body></html>"
    )
    return article(html, url="http://valley-times.example/harbour").paywall


@pytest.mark.parametrize(
    "words",
    [
        "Subscribe to continue reading", "Jetzt weiterlesen mit einem Abo", "Article réservé aux abonnés",
        "Para seguir leyendo, hazte socio",
        "Чтобы продолжить чтение, оформите подписку", "この記事は有料会員限定です", "للمشتركين فقط", "Exclusivo para assinantes",
    ],
)  # fmt: skip
def test_a_text_that_breaks_off_before_a_call_to_pay_is_a_stub(words: str) -> None:
    assert paywall(STUB, BOX.format(words=words)) is True
    assert paywall(STUB, f"<p>{words}</p>") is True
    assert paywall(paragraphs(FLASH, FLASH), BOX.format(words=words)) is True


@pytest.mark.parametrize(
    "behind",
    [
        "<p>Subscribe to continue reading</p>",
        "<div class='promo'><p>Subscribe to our newsletter for 1 € a month</p></div>",
        "<div class='paywall-box'><p>Good journalism costs money: subscribe today</p></div>",
        "<div class='paywall-box' style='display: none'><h3>Subscribe to continue reading</h3></div>",
        "<div class='paywall-box' hidden><h3>Subscribe to continue reading</h3></div>",
        "<template><div class='paywall-box'><h3>Subscribe to continue reading</h3></div></template>",
        "<footer class='paywall-box'><p>Already a subscriber?</p></footer>",
    ],
)
def test_a_short_report_that_ends_is_no_stub(behind: str) -> None:
    assert paywall(paragraphs(FLASH, FLASH), behind) is None


def test_a_whole_article_is_no_stub_whatever_stands_behind_it() -> None:
    assert paywall(WHOLE, BOX.format(words="Subscribe to continue reading")) is None
    assert paywall(WHOLE + "<p>And then the mayor had</p>", BOX.format(words="Subscribe to continue reading")) is None


def test_what_the_page_declares_counts_more_than_its_looks() -> None:
    box = BOX.format(words="Subscribe to continue reading")
    assert paywall(STUB, box, declared=', "isAccessibleForFree": true') is False
    assert paywall(WHOLE, "", declared=', "isAccessibleForFree": false') is True
