"""Pages in the forms of the news: a live blog, interviews, galleries, a flash, opinion columns, letters.

Each with the texts that its body must hold, and those that it must not.
"""

_LIVE = [
    ("14:35", "Ferry service to stop at six",
     "The harbour master says that no boat will leave after six this evening, since the wind is to rise to gale force by then."),
    ("14:02", "Schools close early",
     "All schools on the east side close at half past two. Buses run an hour earlier than usual, the council writes."),
    ("13:20", "First trees down",
     "A lime tree has fallen across Station Road. The fire brigade is there, and nobody was hurt."),
    ("12:45", "",
     "The weather office has raised its warning for the coast from yellow to amber. It holds until midnight."),
    ("12:10", "What we know so far",
     "A storm is expected in the afternoon. The council asks people to stay away from the pier and to take in what may fly."),
]  # fmt: skip
_ANSWERS = {
    "You have kept this garden for forty years. What changed?":
        "Everything and nothing. The soil is the same, but the rain comes in a week now and then not for two months, so we dig"
        " ponds where there were beds.",
    "Do the young people still come?":
        "More than ever. On Saturdays there are thirty of them with spades, and half of them have never held one before.",
    "And the money?":
        "That is the old question. We sell seedlings in spring, honey in autumn, and we beg the rest of the year.",
    "What will happen when you stop?":
        "I will not stop. I shall be carried out, and then Mara does it, who knows all the names better than I do.",
}  # fmt: skip
_PICTURES = [
    "The crew of the Swallow hauls in the last net of the season, on Monday morning off the point.",
    "Old Peter Lamb mends a net as his father taught him, with a needle of whalebone.",
    "Children wait for the boats on the quay, as they have done every first Monday of May.",
    "The auction hall is full by seven: cod, haddock, and one halibut of ninety kilos.",
    "In the evening there is music on the pier, and the boats are hung with lamps.",
]
_COLUMN = [
    "There is a sort of person who, on hearing that a library is to close, asks how many people use it. I was that person once.",
    "Then I sat in ours for a week and counted. I counted a boy who learned to read upside down because his sister held the book,"
    " and a man who came for the warmth and left with a trade.",
    "Numbers do not say such things. They say sixty-two a day, and that the roof costs more than the books.",
    "So keep the roof, I say, and let us all pay a penny for it. It is the last room in this town where nobody asks what you want"
    " to buy.",
]
_BIO = "Ruth Vane writes about towns and the people in them. Her latest book, The Quiet Street, came out last spring."
_FLASH = "The bridge over the Ard is closed in both directions after an accident, the police say."
_GARDEN = "Ada Brook has dug the garden of Mill Lane since 1984. We met her between the beans."
_BOATS = "The boats of the valley came home on Monday. Our photographer was there."
_AROUND = ["Most read", "All rights reserved", "new parking charges"]


def _page(headline: str, inner: str, *, declares: bool = True) -> str:
    kind = '<meta property="og:type" content="article">' if declares else ""
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{headline} - Valley Times</title>{kind}</head><body>"
        "<header><a href='/'>Valley Times</a><nav><ul><li><a href='/news'>News</a></li></ul></nav>"
        f"</header><main><article><h1>{headline}</h1>{inner}</article></main><aside><h3>Most read</h3><ul>"
        "<li><a href='/1'>Council agrees new parking charges for the old town</a></li>"
        "<li><a href='/2'>Bakery on Mill Street closes after ninety years</a></li></ul></aside>"
        "<footer><p>© 2024 Valley Times. All rights reserved.</p><a href='/imprint'>Imprint</a></footer></body></html>"
    )


def _paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def _entry(time: str, heading: str, text: str) -> str:
    title = f"<h2>{heading}</h2>" if heading else ""
    return f"<div class='post'><time datetime='2024-05-02T{time}:00+01:00'>{time}</time>{title}<p>{text}</p></div>"


FORMS: dict[str, tuple[str, list[str], list[str]]] = {
    "live blog": (
        _page("Storm live: ferries stop at six as wind rises", "<p>Follow the storm with our reporters on the coast.</p>"
              + "".join(_entry(*each) for each in _LIVE)),
        [text for entry in _LIVE for text in entry[1:]], _AROUND,
    ),
    "interview": (
        _page("“I will not stop”: the gardener of Mill Lane", f"<p>{_GARDEN}</p>"
              + "".join(f"<p><strong>{asked}</strong></p><p>{said}</p>" for asked, said in _ANSWERS.items())),
        [*_ANSWERS, *_ANSWERS.values()], _AROUND,
    ),
    "interview in one paragraph each": (
        _page("The gardener of Mill Lane", f"<p>{_GARDEN}</p>" + "".join(
            f"<p><b>Valley Times:</b> {asked}<br><b>Brook:</b> {said}</p>" for asked, said in _ANSWERS.items())),
        [*_ANSWERS, *_ANSWERS.values()], _AROUND,
    ),
    "gallery": (
        _page("In pictures: the last catch of the season", f"<p>{_BOATS}</p>" + "".join(
            f"<figure><img src='/{at}.jpg'><figcaption>{text} <span class='credit'>Photo: Ann Lee</span></figcaption></figure>"
            for at, text in enumerate(_PICTURES))),
        _PICTURES, _AROUND,
    ),
    "gallery without captions' markup": (
        _page("In pictures: the last catch of the season", f"<p>{_BOATS}</p>" + "".join(
            f"<div class='slide'><img src='/{at}.jpg'><p class='slide-text'>{text}</p></div>" for at, text in enumerate(_PICTURES)
        )),
        _PICTURES, _AROUND,
    ),
    "flash": (
        _page("Bridge closed after accident", f"<time datetime='2024-05-02'>2 May 2024</time><p>{_FLASH}</p>"), [_FLASH], _AROUND,
    ),
    "flash that declares nothing": (
        _page("Bridge closed after accident", f"<div>2 May 2024</div><p>{_FLASH}</p>", declares=False), [_FLASH], _AROUND,
    ),
    "column with a note": (
        _page("Keep the roof on", f"<p class='byline'>Ruth Vane</p>{_paragraphs(_COLUMN)}<p><em>{_BIO}</em></p>"), _COLUMN, _AROUND,
    ),
    "column with a box": (
        _page("Keep the roof on", f"<p class='byline'>By Ruth Vane</p>{_paragraphs(_COLUMN)}<div class='author-bio'>"
              f"<img src='/r.jpg'><h4>Ruth Vane</h4><p>{_BIO}</p><a href='/ruth'>More from Ruth Vane</a></div>"),
        _COLUMN, [*_AROUND, _BIO, "More from"],
    ),
    "conclusion": (
        _page("Ten years of the tram", f"{_paragraphs(_COLUMN[:2])}<h2>What it cost</h2>{_paragraphs(_COLUMN[2:])}"
              f"<h2>Conclusion</h2><p>{_ANSWERS['And the money?']}</p>"),
        ["What it cost", "Conclusion"], _AROUND,
    ),
    "poem": (
        _page("A poem for May", "<p>The harbour sleeps,<br>the gulls are gone,<br>a lamp burns low<br>until the dawn.</p>"
              "<p>The boats come home,<br>the nets are dry,<br>and no one asks<br>the water why.</p>"),
        ["the gulls are gone,", "the water why."], _AROUND,
    ),
    "letters": (
        _page("Letters to the editor", "".join(
            f"<p>{said}</p><p><strong>Reader {at} of Millport</strong></p>" for at, said in enumerate(_ANSWERS.values()))),
        list(_ANSWERS.values()), _AROUND,
    ),
}  # fmt: skip
"""By name: the page, what its body holds, and what it does not."""
