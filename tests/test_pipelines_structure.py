"""Structure of a body in many scripts (paragraphs, headings, lists, quotes, tables, links, captions), and the forms of the news."""

import pytest
from articles import article
from news_forms import FORMS
from search_sentences import LANGUAGES

_RUSSIAN = """
Министр финансов заявил, что бюджет будет принят до конца года.
В городе открылась новая больница на двести коек.
Полиция задержала троих подозреваемых в ограблении банка.
Учёные обнаружили следы древнего поселения у берега реки.
Жители района пожаловались на шум от строительства дороги.
Президент подписал закон о поддержке малого бизнеса.
Сборная выиграла матч со счётом три два.
Цены на хлеб выросли на десять процентов за месяц.
Врачи предупредили о росте заболеваемости гриппом.
Поезд сошёл с рельсов, пострадавших нет.
Университет объявил о наборе студентов на новые программы.
Суд отложил рассмотрение дела до следующей недели.
Рыбаки вернулись в порт после сильного шторма.
Музей показал картины, которые считались утраченными.
Новый мост соединит два берега залива.
"""
_KOREAN = """
재정부 장관은 올해 안에 예산안이 통과될 것이라고 밝혔다.
도시에 병상 이백 개를 갖춘 새 병원이 문을 열었다.
경찰은 은행 강도 용의자 세 명을 체포했다고 발표했다.
과학자들이 강가에서 고대 마을의 흔적을 발견했다.
주민들은 도로 공사 소음에 불만을 나타냈다.
대통령은 중소기업 지원법에 서명했다.
대표팀은 삼 대 이로 경기에서 이겼다.
빵값이 한 달 사이에 십 퍼센트 올랐다.
의사들은 독감 환자가 늘고 있다고 경고했다.
열차가 탈선했지만 다친 사람은 없었다.
대학은 새 과정의 학생을 모집한다고 알렸다.
법원은 재판을 다음 주로 미뤘다.
어부들은 강한 폭풍 뒤에 항구로 돌아왔다.
박물관은 사라진 줄 알았던 그림을 공개했다.
새 다리가 만의 두 기슭을 잇는다.
"""
SCRIPTS = {language.name: language.texts() for language in LANGUAGES}
SCRIPTS |= {"Russian": _RUSSIAN.strip().split("\n"), "Korean": _KOREAN.strip().split("\n")}
UNSPACED = {"Chinese", "Japanese", "Thai"}


@pytest.mark.parametrize("language", SCRIPTS)
def test_every_kind_of_block_is_kept_as_what_it_is(language: str) -> None:
    said = [text.strip() for text in SCRIPTS[language]]
    heading, smaller, title = said[6][:14].strip(), said[8][:12].strip(), said[5][:12].strip()
    space = "" if language in UNSPACED else " "
    paragraphs = [space.join(said[at] for at in numbers) for numbers in ((1, 2), (4, 5), (7, 8), (10, 9), (6, 13, 2))]
    first, second, third, fourth, fifth = (f"<p>{text}</p>" for text in paragraphs)
    cells = [[said[1][:6], said[2][:6]], [said[3][:6], "12"], [said[4][:6], "34"]]
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells)
    read = article(
        f"<html><head><title>{said[0]}</title></head><body><nav><ul><li><a href='/a'>{said[13][:8]}</a></ul></nav>"
        f"<main><article><h1>{said[0]}</h1>{first}<figure><img src='/p.jpg'><figcaption>{said[3]}</figcaption></figure>{second}"
        f"<h2>{heading}</h2>{third}<ul><li>{said[9]}</li><li>{said[10]}</li></ul><blockquote><p>{said[11]}</p></blockquote>"
        f"<p>{said[12]}{space}<a href='/more'>{said[13]}</a></p><table><caption>{title}</caption>{rows}</table>"
        f"<h3>{smaller}</h3>{fourth}{fifth}</article></main><footer><p>© 2024</p></footer></body></html>",
        url="http://paper.example/news/harbour-2024",
    )
    marked: dict[str, list[str]] = {}
    for mark in read.marks:
        marked.setdefault(mark.kind, []).append(read.body[mark.start : mark.end])
    captions = marked.get("caption", []) + [removal.text for removal in read.removals if removal.reason == "caption"]
    assert [text for text in paragraphs if text not in read.body.split("\n\n")] == []
    assert marked["h2"] == [heading]
    assert marked["h3"] == [smaller]
    assert marked["li"] == [said[9], said[10]]
    assert marked["quote"] == [said[11]]
    assert marked["link"] == [said[13]]
    assert marked["row"] == [" | ".join(cell.strip() for cell in row) for row in cells]
    assert sorted(captions) == sorted([said[3], title])


@pytest.mark.parametrize(
    "name", ["live blog", "interview", "interview in one paragraph each", "gallery", "gallery without captions' markup", "flash",
             "flash that declares nothing", "column with a note", "column with a box", "conclusion", "poem", "letters"]
)  # fmt: skip
def test_a_form_of_the_news_is_read_whole(name: str) -> None:
    page, kept, left = FORMS[name]
    read = article(page, url="http://valley-times.example/2024/05/02/story-of-the-day")
    assert [text for text in kept if text not in read.body] == []
    assert [text for text in left if text in read.body] == []


def test_lines_of_a_poem_stay_lines() -> None:
    read = article(FORMS["poem"][0], url="http://valley-times.example/2024/05/02/poem")
    assert "the gulls are gone,\na lamp burns low" in read.body
    assert "until the dawn.\n\nThe boats come home," in read.body


def test_a_picture_credit_alone_is_no_caption() -> None:
    figure = "<figure><img src='/p.jpg'><figcaption>Photo: Ann Lee / AFP</figcaption></figure>"
    page, _, _ = FORMS["conclusion"]
    read = article(
        page.replace("<h2>Conclusion", f"{figure}<h2>Conclusion"), url="http://valley-times.example/2024/05/02/tram"
    )
    assert "Ann Lee" not in read.body
