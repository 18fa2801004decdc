import json
from datetime import UTC, datetime

import pytest
from articles import article, paragraphs, wordpress_page

from archive.records import Article, Hints
from pipelines import language
from pipelines.dates import iso_date
from pipelines.extract import extract
from pipelines.items import Page
from pipelines.people import names

NOW = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "iso"),
    [
        ("2024-05-01T10:00:00+02:00", "2024-05-01T10:00:00+02:00"),
        ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00+00:00"),
        ("2024-05-01 10:00", "2024-05-01T10:00"),
        ("2024-05-01", "2024-05-01"),
        ("20240501", "2024-05-01"),
        ("2024-05", "2024-05"),
        ("Wed, 01 May 2024 10:00:00 GMT", "2024-05-01T10:00:00+00:00"),
        ("May 1, 2024", "2024-05-01"),
        ("1. Mai 2024", "2024-05-01"),
        ("1 de mayo de 2024", "2024-05-01"),
        ("2099-01-01", None),
        ("0000-00-00", None),
        ("1970-01-01T00:00:00Z", None),
        ("2024-02-30", None),
        ("03/04/2024", None),
        ("31/12/2023", "2023-12-31"),
        ("12/31/2023", "2023-12-31"),
        ("Do 25.04.24 | 14:07 Uhr", "2024-04-25"),
        ("1 мая 2024 г.", "2024-05-01"),
        ("2024. május 1.", "2024-05-01"),
        ("2024年5月1日 10:00", "2024-05-01"),
        ("2024년 5월 1일", "2024-05-01"),
        ("٣ مايو ٢٠٢٤", "2024-05-03"),
        ("৩ মে ২০২৪", "2024-05-03"),
        ("3 พ.ค. 2567", "2024-05-03"),
        ("Updated 18th Dec 2023 at noon", "2023-12-18"),
        ("version 3.14.2024.7", None),
        ("yesterday", None),
    ],
)
def test_dates_are_as_precise_as_stated_and_never_invented(stated: str, iso: str | None) -> None:
    assert iso_date(stated, now=NOW) == iso


@pytest.mark.parametrize(
    ("stated", "language", "iso"),
    [
        ("03/04/2024", "en-US", "2024-03-04"),
        ("03/04/2024", "en-GB", "2024-04-03"),
        ("03/04/2024", "fr", "2024-04-03"),
        ("03/04/2024", "en", None),
        ("5 listopada 2023", "pl", "2023-11-05"),
        ("5. listopada 2023.", "hr", "2023-10-05"),
        ("5 listopada 2023", None, None),
    ],
)
def test_a_language_settles_what_a_date_leaves_open(stated: str, language: str | None, iso: str | None) -> None:
    assert iso_date(stated, now=NOW, language=language) == iso


@pytest.mark.parametrize(
    ("stated", "people"),
    [
        (["By Ann Lee and Bo Day"], ("Ann Lee", "Bo Day")),
        (["Ann Lee, Bo Day"], ("Ann Lee", "Bo Day")),
        (["Von Karl Müller"], ("Karl Müller",)),
        (["admin"], ()),
        (["Admin", "Ann Lee"], ("Ann Lee",)),
        (["https://www.facebook.com/paper"], ()),
        (["Read more articles by this author"], ()),
        (["Reuters"], ("Reuters",)),
        (["Ann Lee", "ann lee"], ("Ann Lee",)),
        (["Jane Doe, MD"], ("Jane Doe, MD",)),
        (["松岡大地"], ("松岡大地",)),
        (["chuck-ross"], ("Chuck Ross",)),
        (["Sophie Foster", "sophie-foster"], ("Sophie Foster",)),
        (["desk@paper.example"], ()),
        (["Elena Ober (obe)", "Jo Roth (jr.)"], ("Elena Ober", "Jo Roth")),
        (["Jörg Roth, dpa"], ("Jörg Roth", "dpa")),
        (["BySummer Swan"], ("Summer Swan",)),
        (["Ann Lee, Ph.D."], ("Ann Lee, Ph.D.",)),
        (["Ann Lee."], ("Ann Lee",)),
        (["erstellt von", "Afficher mon profil complet", "Super User", "Uncategorized", "Hecho en Bolivia con"], ()),
        (
            ["Analysis by Chris Lee", "Interview: Julia Lauter", "Konstantin @"],
            ("Chris Lee", "Julia Lauter", "Konstantin"),
        ),
        (["Ann Lee", "Senior Analyst", "MS", "RDN"], ("Ann Lee",)),
        (["Written By", "The Author", "Powered by Theme", "Staff Reporter"], ()),
        (["بقلم: سارة الحسن"], ("سارة الحسن",)),
    ],
)
def test_people_are_told_from_labels(stated: list[str], people: tuple[str, ...]) -> None:
    assert names(stated, whole=True) == people


def read(head: str, *, hints: Hints | None = None, headline: str = "Harbour opens after three years") -> Article:
    html = wordpress_page(head=head, headline=headline)
    page = Page(
        url="http://paper.example/2024/harbour-opens", body=html.encode(), content_type=None, hints=hints or Hints()
    )
    found = extract(page, now=NOW)
    assert isinstance(found, Article)
    return found


def test_each_field_says_where_it_came_from() -> None:
    found = read(
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Harbour reopens",'
        ' "author": [{"name": "Ann Lee"}], "datePublished": "2024-05-01T10:00:00+02:00",'
        ' "articleSection": "Local", "isAccessibleForFree": false}</script>'
        '<meta property="og:image" content="/a.jpg"><meta name="description" content="The harbour of the town is open again.">'
    )
    assert (found.headline, found.authors, found.published) == (
        "Harbour reopens",
        ("Ann Lee",),
        "2024-05-01T10:00:00+02:00",
    )
    assert (found.section, found.image, found.paywall) == ("Local", "http://paper.example/a.jpg", True)
    assert found.article_type == "NewsArticle"
    assert found.signals["headline"].origin == "json-ld"
    assert found.signals["description"].origin == "meta"
    assert 0 < found.signals["published"].confidence <= 1


def test_the_papers_name_is_cut_from_a_headline() -> None:
    found = read('<meta property="og:title" content="Harbour opens after three years | Afghanistan Times">')
    assert found.headline == "Harbour opens after three years"


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Fishing boats &amp;#8230; are back in town | Times of Valley-Times", "Fishing boats … are back in town"),
        ("Fishing boats are back in town – The Valley Times", "Fishing boats are back in town"),
        ("Fishing boats are back in town | valleytimes.example", "Fishing boats are back in town"),
        ("Boats are back: what the valley knows | Part 1", "Boats are back: what the valley knows | Part 1"),
        ("Hafen\u00adarbeiter kehren zurück", "Hafenarbeiter kehren zurück"),
    ],
)
def test_a_name_like_the_hosts_is_cut_from_the_end_of_a_headline(title: str, headline: str) -> None:
    html = f'<meta property="og:title" content="{title}"></head><article>{paragraphs("Long words. " * 30)}</article>'
    assert article(html, url="http://www.valley-times.example/boats").headline == headline


def test_a_blogs_own_name_in_the_first_heading_is_no_headline() -> None:
    html = (
        f"<title>Lessons Learned: The lean startup</title><meta property='og:title' content='The lean startup'>"
        f"</head><h1>Lessons Learned</h1><h3>The lean startup</h3>"
        f"<article>{paragraphs('Long words. ' * 30)}</article>"
    )
    assert article(html, url="http://www.startuplessonslearned.example/lean").headline == "The lean startup"


def test_line_breaks_in_a_heading_part_words() -> None:
    story = paragraphs("Long words. " * 30)
    html = f"<title>Harbour opens again</title></head><h1>Harbour<br>opens <b>a</b>gain</h1><article>{story}</article>"
    assert article(html).headline == "Harbour opens again"


def test_admin_is_nobody_and_a_page_without_a_date_has_none() -> None:
    html = f"<title>T</title><meta name='author' content='admin'></head><article>{paragraphs('Long words. ' * 30)}</article>"
    found = article(html)
    assert found.authors == ()
    assert found.published is None


@pytest.mark.parametrize("date", ["2099-01-01T00:00:00Z", "0000-00-00"])
def test_impossible_dates_are_refused(date: str) -> None:
    found = read(f'<meta property="article:published_time" content="{date}">')
    assert found.published != date


def test_a_shown_date_by_the_headline_is_taken_and_one_in_the_text_is_not() -> None:
    story = paragraphs("The harbour was opened on May 1, 1998 by the mayor of the town, who spoke for an hour. " * 4)
    shown = f"<title>T</title><article><h1>Harbour</h1><p class='date'>May 2, 2024</p>{story}</article>"
    assert (article(shown).published, article(shown).signals["published"].origin) == ("2024-05-02", "text")
    assert article(f"<title>T</title><article><h1>Harbour</h1>{story}</article>").published is None


def test_a_day_in_the_path_is_a_date() -> None:
    html = f"<title>T</title><article>{paragraphs('The harbour was opened by the mayor. ' * 8)}</article>"
    assert article(html, url="http://paper.example/2024/05/01/harbour").published == "2024-05-01"


def test_the_feeds_hints_fill_what_the_page_leaves_open() -> None:
    found = read("", hints=Hints(published="2024-05-30T08:00:00+00:00", authors=("Bo Day",), section="Port"))
    assert (found.published, found.authors, found.section) == ("2024-05-30T08:00:00+00:00", ("Bo Day",), "Port")
    assert found.signals["published"].origin == "feed"


def test_language_is_of_the_text_and_not_of_the_tag() -> None:
    german = (
        "Der Hafen der kleinen Stadt ist nach drei Jahren wieder geöffnet worden, sagte der Bürgermeister am Montag. "
        * 4
    )
    found = article(
        f"<html lang='en'><head><title>Hafen</title></head><body><article>{paragraphs(german)}</article></body></html>"
    )
    assert found.language == "de"
    assert found.signals["language"].origin == "text"


def test_an_absurdly_long_canonical_url_is_none() -> None:
    assert article(wordpress_page(head=f'<link rel="canonical" href="/{"a" * 100_000}">')).canonical_url is None


@pytest.mark.parametrize(
    ("text", "stated", "is_settled", "expected"),
    [
        ("The mayor said that the harbour of the small town was to be reopened on Monday after the storm. " * 4, "en", True, "en"),
        ("The mayor said that the harbour of the small town was to be reopened on Monday after the storm. " * 4, None, False, "en"),
        ("Der Hafen der kleinen Stadt ist nach drei Jahren wieder geöffnet worden. " * 5, "en", False, "de"),
        ("Watu walisema kuwa bandari ya mji mdogo ilifunguliwa Jumatatu baada ya dhoruba kubwa. " * 4, "en", False, "sw"),
        ("Havnen i den lille by blev åbnet igen mandag, tre år efter stormen, sagde borgmesteren. " * 4, None, False, "da"),
        ("Пристанището на малкия град беше отворено отново в понеделник, три години след бурята. " * 4, None, False, "bg"),
        ("El port de la petita ciutat es va reobrir dilluns, tres anys després de la tempesta. " * 4, None, False, "ca"),
        ("The mayor said that the harbour of the small town was to be reopened.", "en", False, "en"),
    ],
)  # fmt: skip
def test_little_words_settle_a_language_only_where_the_page_says_the_same(
    text: str, stated: str | None, is_settled: bool, expected: str
) -> None:
    assert stated is None or language._has_little_words_of(stated, text) is is_settled
    found = language.language_of(text, stated)
    assert found is not None
    assert found[0] == expected
    if is_settled:
        assert language._model().classify(text)[0] == expected


def test_canonical_url_is_recorded_and_never_the_url() -> None:
    found = read('<link rel="canonical" href="https://www.markas303.ac.id/">')
    assert found.canonical_url == "https://www.markas303.ac.id/"
    assert found.url == "http://paper.example/2024/harbour-opens"


def test_a_spammed_description_is_not_taken() -> None:
    found = read(
        '<meta property="og:description" content="Slot gacor hari ini, situs judi slot online dan togel terpercaya">'
    )
    assert found.description is None


STORY = paragraphs("The harbour of the town was opened again by the mayor, who spoke for an hour. " * 3)


def shown(head: str, *, site: str = "", tags: str = "", tail: str = "") -> Article:
    """Read a page that shows something between its headline and its story."""
    named = f'<meta property="og:site_name" content="{site}">' if site else ""
    html = (
        f"<html lang='en-GB'><head><title>Harbour</title>{named}{tags}</head>"
        f"<body><article><h1>Harbour opens</h1>{head}{STORY}{tail}</article></body></html>"
    )
    return article(html, url="http://valley-times.example/harbour-opens")


def by(author: str) -> str:
    """Declare an author."""
    node = f'{{"@type": "NewsArticle", "headline": "Harbour opens", "author": {author}}}'
    return f'<script type="application/ld+json">{node}</script>'


@pytest.mark.parametrize(
    ("head", "people"),
    [
        ("<div>By <a href='/a'>Ann Lee</a> and <a href='/b'>Bo Day</a></div>", ("Ann Lee", "Bo Day")),
        ("<p>By Ann Lee</p>", ("Ann Lee",)),
        ("<p>By Ann Lee | May 2, 2024</p>", ("Ann Lee",)),
        ("<p><span>Von</span> <b>Karl Müller</b></p>", ("Karl Müller",)),
        ("<p>Текст: Анна Белова</p>", ("Анна Белова",)),
        ("<p>By the end of the week it was open</p>", ()),
        ("<p>By</p><p>2024 all will be well, the mayor said</p>", ()),
        ("<p class='author'><span>Matt Check</span><span>Head Winemaker</span></p>", ("Matt Check",)),
    ],
)
def test_a_byline_by_the_headline_is_read(head: str, people: tuple[str, ...]) -> None:
    assert shown(head).authors == people


@pytest.mark.parametrize(
    "author", ['{"@type": "Organization", "name": "Valley Times"}', '{"name": "valleytimes"}', '"Valley-Times"']
)
def test_who_signs_counts_more_than_the_papers_own_name(author: str) -> None:
    declared = by(author)
    assert shown("<p>By Ann Lee</p>", tags=declared).authors == ("Ann Lee",)
    assert shown("", tags=declared).authors != ()


def test_the_byline_counts_more_than_microdata_that_comments_have_too() -> None:
    comment = "<div itemprop='author'>Commenter Jo</div>"
    assert shown("<p>By Ann Lee</p>", tail=comment).authors == ("Ann Lee",)
    assert shown("", tail=comment).authors == ("Commenter Jo",)


def test_an_agency_that_is_declared_stays() -> None:
    tags = by('{"@type": "Organization", "name": "Reuters"}')
    assert shown("", tags=tags).authors == ("Reuters",)


@pytest.mark.parametrize(
    ("head", "published", "modified"),
    [
        (
            "<div><span>Published</span> <span>2 May 2024</span></div><div>Updated: 3 May 2024</div>",
            "2024-05-02",
            "2024-05-03",
        ),
        ("<p>Ann Lee<br>4 May 2024</p>", "2024-05-04", None),
        ("<p>Zuletzt aktualisiert: 03.05.2024</p>", "2024-05-03", "2024-05-03"),
        ("<time datetime='2024-05-02T10:00:00+02:00'>yesterday</time>", "2024-05-02T10:00:00+02:00", None),
        ("<ul><li>1 May 2024</li><li>2 May 2024</li><li>3 May 2024</li></ul>", None, None),
        ("<div class='related'>1 May 2024</div>", None, None),
    ],
)
def test_dates_by_the_headline_are_told_apart(head: str, published: str | None, modified: str | None) -> None:
    found = shown(head)
    assert (found.published, found.modified) == (published, modified)


@pytest.mark.parametrize(
    ("declared", "published"),
    [
        ("2024-05-02T23:30:00+00:00", "2024-05-02T23:30:00+00:00"),
        ("2024-05-03T01:30:00+00:00", "2024-05-03T01:30:00+00:00"),
        ("2024-06-01", "2024-05-02"),
        ("2023-05-01", "2023-05-01"),
    ],
)
def test_what_a_page_shows_bounds_what_it_declares(declared: str, published: str) -> None:
    tags = f'<meta property="article:published_time" content="{declared}">'
    assert shown("<p class='date'>2 May 2024</p>", tags=tags).published == published


def test_two_declarations_that_agree_are_not_overruled() -> None:
    tags = '<meta property="article:published_time" content="2024-05-30"><meta name="pubdate" content="2024-05-30">'
    assert shown("<p class='date'>2 May 2024</p>", tags=tags).published == "2024-05-30"


def test_a_date_that_is_called_one_is_found_away_from_the_headline() -> None:
    dated = "<div><span class='entry-date'>May 2, 2024</span></div>"
    story = STORY * 3
    assert shown(story, tail=dated).published == "2024-05-02"
    assert shown(story, tail=dated + "<span class='entry-date'>May 3, 2024</span>").published is None
    assert shown(story, tail="<span class='comment-date'>May 2, 2024</span>").published is None


def test_an_update_alone_is_weak_evidence_and_says_so() -> None:
    signal = shown("<p>Updated: 3 May 2024</p>").signals["published"]
    assert (signal.origin, signal.confidence) == ("updated", 0.3)


def test_a_date_of_publication_below_the_story_is_found_and_a_comments_is_not() -> None:
    assert shown("", tail="<footer><p>Posted on May 2, 2024</p></footer>").published == "2024-05-02"
    assert shown("", tail="<div class='comment'><p>Jo: May 2, 2024</p></div>").published is None
    assert shown("", tail="<footer>Posted on May 2, 2024<br>Posted on May 1, 2024</footer>").published is None


@pytest.mark.parametrize("name", ["w-published-date", "published", "first-published-at", "cXenseParse:publishtime"])
def test_a_meta_tag_named_for_publication_is_read(name: str) -> None:
    kind = '<meta property="og:type" content="article">'
    assert shown("", tags=f'{kind}<meta name="{name}" content="2024-05-02">').published == "2024-05-02"
    assert shown("", tags='<meta name="publisher" content="2024-05-02">').published is None


@pytest.mark.parametrize(
    ("tags", "keywords"),
    [
        ('<meta property="article:tag" content="harbour, storm; council">', ("harbour", "storm", "council")),
        (
            '<meta property="article:tag" content="Doe, Jane"><meta property="article:tag" content="harbour">',
            ("Doe, Jane", "harbour"),
        ),
        ('<meta name="keywords" content="الميناء، العاصفة">', ("الميناء", "العاصفة")),
        ('<meta name="keywords" content="SU|car repair, -storm, 4711, harbour">', ("car repair", "storm", "harbour")),
        ('<meta name="keywords" content="shortTitle: Harbour, contentId: fbf84de3-ee2a-4f33, harbour">', ("harbour",)),
        ('<meta name="keywords" content="Harbour opens after the long storm - Valley Times, harbour">', ("harbour",)),
    ],
)
def test_keywords_are_told_apart_and_from_what_machines_write(tags: str, keywords: tuple[str, ...]) -> None:
    html = f"<html><head><title>x</title>{tags}</head><body><h1>Harbour opens after the long storm</h1>{STORY}</body></html>"
    assert article(html, url="http://valley-times.example/harbour").keywords == keywords


@pytest.mark.parametrize(
    ("image", "is_kept"),
    [
        ("http://valley-times.example/img/logo-dark.png", False),
        ("http://valley-times.example/img/opengraph_default.jpg", False),
        ("http://valley-times.example/valley-times-social-logo-2024.jpg", False),
        ("http://valley-times.example/2024/alibaba-logo-getty-1024.jpg", True),
        ("http://valley-times.example/files/default/harbour.jpg", True),
        ("http://valley-times.example/2024/tongue-lungs_1200_Social.jpg", True),
    ],
)
def test_a_picture_that_stands_in_for_one_is_none(image: str, is_kept: bool) -> None:
    assert shown("", tags=f"<meta property='og:image' content='{image}'>").image == (image if is_kept else None)


def test_an_image_that_is_named_by_its_id_is_looked_up() -> None:
    graph = (
        '{"@graph": [{"@type": "NewsArticle", "headline": "Harbour", "image": {"@id": "http://v.example/a/#primaryimage"}},'
        ' {"@type": "ImageObject", "@id": "http://v.example/a/#primaryimage", "contentUrl": "http://v.example/harbour.jpg"}]}'
    )
    html = f"<html><head><title>x</title><script type='application/ld+json'>{graph}</script></head><body>{STORY}</body></html>"
    assert article(html, url="http://v.example/a/").image == "http://v.example/harbour.jpg"


@pytest.mark.parametrize(
    ("stated", "section"),
    [
        ("Home, Harbour, Storms", "Harbour"),
        ("Arts, Culture, Books & Film", "Arts, Culture, Books & Film"),
        ("Food, Drink", "Food, Drink"),
        ("http://valley-times.example/news/", None),
        ("Harbour opens", None),
    ],
)
def test_of_categories_in_one_string_one_is_the_section(stated: str, section: str | None) -> None:
    tags = f'<meta property="article:section" content="{stated}">'
    assert shown("", tags=tags).section == section


def test_the_way_from_the_home_page_names_the_section_where_nothing_else_does() -> None:
    crumbs = [{"name": "Home"}, {"item": {"name": "Harbour"}}, {"name": "Storms"}, {"name": "Harbour opens"}]
    node = json.dumps({"@type": "BreadcrumbList", "itemListElement": crumbs})
    tags = f'<script type="application/ld+json">{node}</script>'
    read = shown("", tags=tags)
    assert (read.section, read.signals["section"].confidence) == ("Harbour", 0.6)
    assert shown("", tags=f'<meta property="article:section" content="Sea">{tags}').section == "Sea"
    assert shown("", tags='<meta property="article:section" content="Uncategorized">').section is None


def test_what_kind_of_article_it_is_comes_with_its_signal() -> None:
    news = {"@type": "NewsArticle", "headline": "Harbour opens"}
    live = {"@type": "LiveBlogPosting", "headline": "Harbour opens"}
    other = {"@type": "LiveBlogPosting", "headline": "Storm live"}
    for nodes, kind in (([news], "NewsArticle"), ([news, live], "LiveBlogPosting"), ([news, other], "NewsArticle")):
        read = shown("", tags=f'<script type="application/ld+json">{json.dumps(nodes)}</script>')
        assert (read.article_type, read.signals["article_type"].origin) == (kind, "json-ld")
    read = shown("", tags='<meta property="og:type" content="article">')
    assert (read.article_type, read.signals["article_type"].origin) == ("Article", "opengraph")


def test_what_a_system_tells_itself_is_no_keyword() -> None:
    stated = "Category: Travel, NLP Category: General, WC: 1000-1999, Jasper, INSURANCE_HEALTH_SOCIAL, valley-times.com, natl-feed"
    assert shown("", tags=f'<meta name="keywords" content="{stated}">').keywords == ("Travel", "Jasper")
