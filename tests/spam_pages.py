"""Pages with spam injected: a generator over form, place, hiding, vocabulary and template.

for variant in variants():
    html, clean = variant.page(), variant.clean_page()
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

STORIES = {
    "en": (
        "Bakers return to the old bazaar",
        "The smell of bread hangs in the lanes of the old bazaar again. Six months after a fire took the wooden roof of the bakers' row, fourteen of its twenty ovens have been lit.",
        "The roof is now of steel and glass, which the bakers asked for and the conservation office at first refused. They settled on beams that look like the old ones from below.",
        "Rents will stay where they were for two years, the council decided on Tuesday. After that a commission of bakers and owners is to agree on a new table.",
        "“We were never a museum,” said the head of the guild, whose family has baked there since 1911. “People come because the bread is warm.”",
    ),
    "de": (
        "Die Fähre fährt wieder nach Nordufer",
        "Nach elf Wochen Pause fährt die Fähre seit Montag wieder über den Sund. Die Werft hatte den Antrieb ausgebaut und in Stücken nach Bremen geschickt, wo er neu gelagert wurde.",
        "Rund vierhundert Pendler hatten in der Zwischenzeit den Umweg über die Brücke genommen. Die Gemeinde zahlte ihnen einen Teil der Kosten, was im Rat umstritten war.",
        "Der Fahrplan bleibt bis zum Herbst, wie er war. Danach soll das letzte Schiff am Abend eine Stunde später ablegen, damit auch die Spätschicht nach Hause kommt.",
        "„Man merkt erst, was man hat, wenn es weg ist“, sagte eine Lehrerin, die seit zwanzig Jahren jeden Morgen übersetzt und den Kapitän beim Vornamen kennt.",
    ),
    "id": (
        "Petani garam menunggu kemarau",
        "Para petani garam di pesisir utara masih menunggu kemarau tiba tahun ini. Hujan yang turun sampai pertengahan Juli membuat tambak mereka terendam dan panen pertama gagal.",
        "Dinas perikanan mencatat sekitar dua ratus hektare lahan belum dapat dikerjakan. Pemerintah kabupaten menyiapkan bantuan terpal serta pompa air untuk kelompok yang paling terdampak.",
        "Harga di tingkat pengepul naik hampir dua kali lipat sejak Mei. Meski begitu, kenaikan itu belum dirasakan petani karena gudang mereka masih kosong.",
        "“Kami hanya bisa melihat langit setiap pagi,” kata ketua kelompok tani, yang sudah tiga puluh tahun bekerja di tambak peninggalan ayahnya itu.",
    ),
    "ar": (
        "عودة القطار إلى المدينة القديمة",
        "عاد القطار إلى المدينة القديمة بعد انقطاع دام سبع سنوات، واستقبل الأهالي الرحلة الأولى صباح الأحد بالورود عند مدخل المحطة التي رممت بالكامل خلال العامين الماضيين.",
        "وقال مدير السكك الحديدية إن الخط سيعمل في المرحلة الأولى أربع مرات في اليوم، على أن يرتفع العدد إلى ثماني رحلات مع نهاية الصيف إذا سمحت أعمال الصيانة بذلك.",
        "وكلفت أعمال الترميم نحو عشرين مليونا، جاء نصفها من ميزانية المحافظة، وشملت الجسور الثلاثة والنفق القصير الذي كان قد انهار جزء منه في شتاء قارس.",
        "وقالت طالبة كانت بين الركاب إن الرحلة إلى الجامعة كانت تستغرق ساعتين في الحافلة، وإنها وصلت اليوم في خمس وثلاثين دقيقة فقط.",
    ),
    "zh": (
        "老城书店重新开门",
        "停业一年之后,老城的书店周六重新开门迎客。店主把二楼改成了阅读室,读者可以坐在窗边看书,也可以参加每周一次的讲座和儿童故事会。",
        "书店所在的楼房建于上世纪三十年代,去年因为屋顶漏水被要求修缮。市文物部门承担了部分费用,施工队保留了原来的木楼梯和彩色玻璃窗。",
        "附近的居民说,这条街上的小店越来越少,书店能够回来让大家很高兴。第一天来的人很多,队伍一直排到了街角的面包房门口。",
        "店主表示,他不指望靠卖书赚很多钱,只希望这里仍然是邻居们见面聊天的地方,就像他祖父当年经营时的样子。",
    ),
    "ja": (
        "港の朝市が三年ぶりに再開",
        "港の朝市が日曜日、三年ぶりに再開した。夜明け前から漁師たちが魚を並べ、近くの町からも多くの買い物客が訪れて、岸壁は久しぶりににぎわいを見せた。",
        "市によると、会場の屋根は昨年の台風で壊れ、修理に時間がかかっていた。新しい屋根には地元の杉が使われ、雨の日でも店を開けるようになったという。",
        "出店したのは四十軒で、以前の半分ほどにとどまった。高齢を理由に店をたたんだ人も多く、組合は若い人に参加を呼びかけている。",
        "祖母の代から干物を売る女性は「お客さんの顔を見て話せるのがうれしい」と話し、来月からは弁当も売るつもりだと笑った。",
    ),
    "ru": (
        "В деревню вернулся паром",
        "В деревню на левом берегу вернулся паром, которого здесь ждали с прошлой осени. В понедельник утром он перевёз первых сорок человек, два трактора и почтовую машину.",
        "Старое судно списали после того, как лёд повредил корпус. Новое построили на верфи в соседней области, и оно может ходить почти до самых морозов, говорит капитан.",
        "Дорога в районный центр теперь снова занимает час вместо пяти. Школьники, которые зимой жили в интернате, уже вернулись к родителям и ездят на уроки каждый день.",
        "«Без переправы мы как на острове», — сказала фельдшер, которая всю весну добиралась к больным на лодке соседа и ни разу не опоздала.",
    ),
    "tr": (
        "Köy okulu yeniden açıldı",
        "Dağ köyündeki ilkokul on iki yıl aradan sonra pazartesi günü yeniden açıldı. İlk derse giren yirmi üç öğrenci, sınıflarını köylülerle birlikte boyadı ve bahçeye ağaç dikti.",
        "Okulun çatısı kış başında ilçe belediyesi tarafından onarılmıştı. Çocuklar o zamana kadar her sabah otuz kilometre uzaktaki kasabaya servisle gidip geliyordu.",
        "Yeni öğretmen, küçük sınıflarda her öğrenciye daha çok zaman ayırabildiğini söyledi. Köy muhtarı ise gelecek yıl bir de kütüphane kurmayı planladıklarını anlattı.",
        "“Sabahları çocuk sesi duymak bize iyi geldi,” dedi okulun karşısında oturan emekli postacı, derslerin başladığı gün zili çalmak için erkenden gelmişti.",
    ),
}  # fmt: skip

VOCABULARIES = {
    "indonesian": (("slot gacor", "situs judi online", "togel resmi", "rtp live slot"),
                   "Situs slot gacor hari ini gampang menang, daftar slot online terpercaya bonus new member, agen judi bola resmi, togel online maxwin",
                   ("slot-gacor-88.example", "togelresmi.example", "judi-bola99.example")),
    "universities": (("slot88", "slot gacor", "maxwin"),
                     "slot gacor slot88 maxwin slot online situs slot terpercaya rtp slot hari ini link alternatif slot gacor",
                     ("markas303.ac.id", "markas303.or.id", "markas303.sch.id")),
    "thai": (("สล็อตเว็บตรง", "บาคาร่า", "แทงบอลออนไลน์"),
             "สล็อตเว็บตรง บาคาร่า คาสิโนออนไลน์ เว็บสล็อต แทงบอลออนไลน์ เครดิตฟรี ฝากถอนออโต้ ufabet",
             ("ufabet168.example", "pgslot-th.example", "baccarat88.example")),
    "casino": (("best online casino", "no deposit bonus", "free spins no deposit"),
               "Best online casino no deposit bonus free spins no deposit real money slots play casino online crypto casino bonus codes",
               ("best-casino-bonus.example", "topslots777.example", "cryptocasino.example")),
    "pharma": (("buy viagra", "cheap cialis online", "canadian pharmacy"),
               "Buy viagra online, cheap cialis, generic viagra without prescription, canadian pharmacy, order tramadol online, kamagra",
               ("viagra-rx.example", "cheappills.example", "canadianpharm.example")),
    "replica": (("louis vuitton outlet", "cheap nfl jerseys", "replica watches"),
                "Louis Vuitton outlet, cheap Oakley sunglasses, replica watches, Michael Kors outlet online, moncler pas cher, cheap jerseys",
                ("louisvuittonoutlet.example", "cheapjerseys.example", "replica-watch.example")),
    "essays": (("write my essay", "essay writing service", "buy term paper"),
               "write my essay, essay writing service, buy essay online, cheap essay writing, do my homework, custom term paper",
               ("essay-writers.example", "buyessay.example", "writemypaper.example")),
    "loans": (("payday loans online", "bad credit loans online", "no credit check loans"),
              "payday loans online same day loans no credit check loans instant loan approval bad credit loans online",
              ("paydayloans.example", "quick-loans.example", "cash-advance.example")),
    "japanese": (("スーパーコピー", "ブランドコピー", "ロレックス コピー"),
                 "スーパーコピー ブランドコピー 激安通販 ロレックス コピー ルイヴィトン コピー n級品 送料無料 激安",
                 ("supercopy-jp.example", "brandcopy.example", "copywatch.example")),
    "chinese": (("娱乐城", "百家乐", "老虎机"),
                "娱乐城 百家乐 线上赌场 老虎机 真人荷官 开户送彩金 博彩平台 六合彩开奖 时时彩",
                ("ylc888.example", "baijiale88.example", "bet365365.example")),
    "korean": (("카지노사이트", "토토사이트", "먹튀검증"),
               "카지노사이트 토토사이트 먹튀검증 온라인카지노 슬롯사이트 안전놀이터 바카라사이트",
               ("casino-site.example", "toto-site.example", "mt-police.example")),
    "vietnamese": (("nhà cái uy tín", "cá cược bóng đá", "nổ hũ"),
                   "nhà cái uy tín cá cược bóng đá nổ hũ tài xỉu online game bài đổi thưởng soi kèo xóc đĩa",
                   ("nhacai-88.example", "kubet77.example", "keonhacai.example")),
    "turkish": (("bahis siteleri", "deneme bonusu veren siteler", "canlı casino"),
                "bahis siteleri deneme bonusu canlı bahis casino siteleri kaçak bahis güvenilir bahis slot siteleri",
                ("bahis-giris.example", "superbahis.example", "casinositeleri.example")),
    "russian": (("казино онлайн", "1xbet зеркало", "бездепозитный бонус"),
                "казино онлайн игровые автоматы на деньги 1xbet зеркало вулкан казино бездепозитный бонус ставки на спорт онлайн",
                ("vulkan-casino.example", "1xbet-zerkalo.example", "onlinekazino.example")),
    "russian diplomas": (("купить диплом", "курсовая на заказ", "займ на карту"),
                         "купить диплом заказать диплом дипломная на заказ курсовая на заказ реферат на заказ",
                         ("diplom-kupit.example", "kursovaya24.example", "zaim-online.example")),
    "german": (("online casino ohne lizenz", "casino ohne oasis", "viagra rezeptfrei"),
               "online casino ohne limit casino ohne lizenz casino ohne oasis online casino echtgeld freispiele ohne einzahlung",
               ("casino-ohne.example", "onlinecasino-de.example", "spin88.example")),
    "french": (("casino en ligne", "sac louis vuitton pas cher", "viagra sans ordonnance"),
               "casino en ligne casinos en ligne acheter viagra viagra sans ordonnance cialis sans ordonnance viagra online generic viagra",
               ("casinoenligne.example", "viagra-fr.example", "lv-pascher.example")),
    "adult": (("escort bayan", "istanbul escort", "porno izle"),
              "escort bayan istanbul escort ankara escort porno izle escort bayanlar eskort bayan",
              ("istanbul-escort.example", "escortbayan.example", "pornoizle.example")),
    "dutch": (("casino zonder cruks", "online gokken zonder cruks", "snel geld lenen"),
              "casino zonder cruks online gokken zonder cruks snel geld lenen gratis gokkasten gokken zonder vergunning lening zonder bkr",
              ("casino-zonder-cruks.example", "zondercruks24.example", "geldlenen-nu.example")),
    "danish": (("kviklån online", "online casino bonus", "gratis spins uden indbetaling"),
               "kviklån uden kreditvurdering, online casino bonus, lån penge nu, gratis spins uden indbetaling, casino uden rofus, spilleautomater på nettet",
               ("kviklaan24.example", "casinobonus-dk.example", "onlinecasino24.example")),
    "spanish": (("tragamonedas gratis", "casino online con bono", "préstamos rápidos online"),
                "tragamonedas gratis casino en línea con bono apuestas deportivas online giros gratis sin depósito préstamos rápidos sin aval",
                ("casino-online24.example", "prestamosya.example", "bonocasino-online.example")),
    "polish": (("kasyno online bez depozytu", "darmowe spiny", "chwilówki online"),
               "kasyno online bez depozytu, darmowe spiny, legalni bukmacherzy, chwilówki online, bonus bez depozytu, automaty do gier online",
               ("kasyno-online.example", "chwilowki24.example", "kasyno777.example")),
    "persian": (("سایت شرط بندی", "بازی انفجار", "کازینو آنلاین"),
                "سایت شرط بندی فوتبال، بازی انفجار پولی، کازینو آنلاین، پوکر آنلاین، سایت شرط بندی معتبر، بازی انفجار آنلاین",
                ("enfejar90.example", "shartbandi-site.example", "betforward-ir.example")),
    "hindi": (("ऑनलाइन कैसीनो", "सट्टा मटका रिजल्ट", "तीन पत्ती असली पैसे"),
              "ऑनलाइन कैसीनो, क्रिकेट सट्टा, सट्टा मटका, तीन पत्ती असली पैसे, कैसीनो बोनस, ऑनलाइन कैसीनो बोनस",
              ("sattamatka143.example", "teenpatti-real.example", "online-casino99.example")),
    "cards and mixers": (("bitcoin mixer", "buy cloned cards", "claim airdrop"),
                         "bitcoin mixer, buy cloned cards, claim airdrop, cvv shop, hire a hacker, crypto recovery expert",
                         ("btc-mixer.example", "cvvshop.example", "airdropclaim.example")),
    "hacked paths": (("slot gacor", "situs toto", "togel online"),
                     "slot gacor situs toto togel online slot deposit pulsa bandar toto macau",
                     ("fk.univ-a.example/slot-gacor/", "dinas.kota-b.example/wp-includes/situs-toto/", "sma-c.example/togel-online.html")),
}  # fmt: skip


def _urls(hosts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"https://www.{host}" if "/" in host else f"https://www.{host}/" for host in hosts)


def _anchors(vocabulary: str) -> list[str]:
    words, _, hosts = VOCABULARIES[vocabulary]
    return [f'<a href="{url}">{word}</a>' for word, url in zip(words, _urls(hosts), strict=False)]


def bare(vocabulary: str) -> str:
    return " ".join(_urls(VOCABULARIES[vocabulary][2]))


def anchors(vocabulary: str) -> str:
    return " ".join(_anchors(vocabulary))


def piped(vocabulary: str) -> str:
    return " | ".join(_anchors(vocabulary))


def sentence(vocabulary: str) -> str:
    first, second, *rest = _anchors(vocabulary)
    return f"{first}, {second} {' '.join(rest)}"


def stuffed(vocabulary: str) -> str:
    return VOCABULARIES[vocabulary][1]


def stuffed_with_a_link(vocabulary: str) -> str:
    return f"{VOCABULARIES[vocabulary][1]} {_anchors(vocabulary)[0]}"


INLINE = {"bare": bare, "anchors": anchors, "piped": piped, "sentence": sentence, "stuffed": stuffed, "stuffed+link": stuffed_with_a_link}  # fmt: skip
"""Forms that stand within a paragraph or as one."""


def a_list(vocabulary: str) -> str:
    return "<ul>" + "".join(f"<li>{anchor}</li>" for anchor in _anchors(vocabulary)) + "</ul>"


def bare_list(vocabulary: str) -> str:
    return "<ol>" + "".join(f"<li>{url}</li>" for url in _urls(VOCABULARIES[vocabulary][2])) + "</ol>"


def heading_and_paragraph(vocabulary: str) -> str:
    words, text, _ = VOCABULARIES[vocabulary]
    return f"<h2>{words[0]} {words[1]}</h2><p>{text} {_anchors(vocabulary)[0]}</p>"


def heading(vocabulary: str) -> str:
    return f"<h2>{', '.join(VOCABULARIES[vocabulary][0])}</h2>"


def paragraphs_of_links(vocabulary: str) -> str:
    return "".join(f"<p>{anchor}</p>" for anchor in _anchors(vocabulary))


def broken_lines(vocabulary: str) -> str:
    return "<p>" + "<br/>".join(_anchors(vocabulary)) + "</p>"


def _as_paragraph(form: Callable[[str], str]) -> Callable[[str], str]:
    return lambda vocabulary: f"<p>{form(vocabulary)}</p>"


BLOCKS = {
    "list": a_list, "bare list": bare_list, "heading+p": heading_and_paragraph, "heading": heading,
    "paragraphs": paragraphs_of_links, "lines": broken_lines,
    **{name: _as_paragraph(form) for name, form in INLINE.items()},
}  # fmt: skip
"""Forms that are blocks of their own."""

STYLES = {
    "display": "display:none",
    "display upper": "DISPLAY:NONE",
    "display spaced": "color:red; display : none !important",
    "display comment": "dis/**/play:/* x */none",
    "display escape": "d\\69splay:none",
    "visibility": "visibility:hidden",
    "visibility collapse": "Visibility: Collapse",
    "left": "position:absolute;left:-9999px",
    "left 1000": "position: absolute; left: -1000px; width: 900px",
    "top": "position:absolute;top:-9990px",
    "right": "position:fixed;right:-999em",
    "bottom": "position:absolute;bottom:-5000px",
    "left far": "position:absolute;left:9999px",
    "left vw": "position:absolute;left:-200vw",
    "left percent": "position:absolute;left:-100%",
    "inset": "position:absolute;inset:-9999px auto auto -9999px",
    "calc": "position:absolute;left:calc(-100vw - 2000px)",
    "margin": "margin-left:-5000px",
    "margin shorthand": "margin:-9999px 0 0 -9999px",
    "text-indent": "text-indent:-9999px",
    "text-indent percent": "text-indent:-9999em;overflow:hidden;white-space:nowrap",
    "translate": "transform:translateX(-9999px)",
    "translate 2": "transform:translate(-5000px, 0)",
    "translate property": "translate:-9999px 0",
    "font 0": "font-size:0",
    "font 0px": "font-size:0px;",
    "font 0.0em": "font-size:0.0em",
    "font 1px": "font-size: 1px",
    "font shorthand": "font:0/0 a",
    "font percent": "font-size:1%",
    "opacity": "opacity:0",
    "opacity .01": "opacity:.01",
    "opacity percent": "opacity:0%",
    "filter": "filter:opacity(0)",
    "below": "position:relative;z-index:-1",
    "below 9": "position:absolute; z-index : -999",
    "white on white": "color:#fff;background:#ffffff",
    "names": "color:White;background-color:#FFF",
    "rgb": "color:rgb(250,250,250);background:rgb(252, 252, 252)",
    "hsl": "color:hsl(0,0%,100%);background-color:white",
    "rgba": "color:rgba(0,0,0,0)",
    "transparent": "color:transparent",
    "fill": "-webkit-text-fill-color:transparent",
    "clip": "position:absolute;clip:rect(0,0,0,0)",
    "clip 1px": "position:absolute !important;clip:rect(1px, 1px, 1px, 1px)",
    "clip-path": "clip-path:inset(100%)",
    "clip-path circle": "clip-path: circle(0)",
    "scale": "transform:scale(0)",
    "scale 3d": "transform: scale3d(0, 0, 0)",
    "scale property": "scale:0",
    "rotated": "transform:rotateY(90deg)",
    "zoom": "zoom:0.01",
    "no height": "height:0;overflow:hidden",
    "one pixel": "width:1px;height:1px;overflow:hidden",
    "max-height": "max-height:0;overflow:hidden",
    "marquee size": "height:1px;width:1px;overflow:auto;display:block",
    "line-height": "line-height:0;overflow:hidden",
    "letter-spacing": "letter-spacing:-99px",
    "content-visibility": "content-visibility:hidden",
}  # fmt: skip

SHEETS = {
    "class": ('class="xk2"', ".xk2{display:none}"),
    "id": ('id="q7"', "#q7 { position:absolute; left:-9999px }"),
    "nested": ('class="w"', ".none .w, body > * .w { text-indent : -9999px }"),
    "two classes": ('class="a1 b2"', "div{margin:0} .a1.b2{OPACITY:0}"),
    "attribute": ('data-k="z"', '[data-k="z"]{font-size:0}'),
    "media": ('class="m3"', "@media screen{.m3{display:none!important}} @media print{p{color:#000}}"),
    "sheet colour": ('class="c4"', "body{background:#fefefe} .c4, .c4 a{color:#fff}"),
    "comment in sheet": ('class="k5"', "/* .x{ */ .k5{/* */visibility:hidden}"),
}
ATTRIBUTES = {
    "hidden": "hidden",
    "aria-hidden": 'aria-hidden="true"',
    "white on the page": 'style="color:#ffffff"',
}
WRAPPERS = {
    "template": "<template>{}</template>",
    "noscript": "<noscript>{}</noscript>",
    "details": "<details><summary>x</summary>{}</details>",
    "marquee": '<marquee style="height:1px;width:1px" scrollamount="9999">{}</marquee>',
    "marquee attributes": '<marquee height="1" width="1">{}</marquee>',
    "background above": '<div style="background:#123456"><div style="color:#123456">{}</div></div>',
    "inherited colour": '<div style="color:#fff;background:#000"><div style="background:#fff;color:inherit">{}</div></div>',
    "font": '<div style="background:#fff"><font color="#ffffff">{}</font></div>',
    "off-screen wrapper": '<div style="overflow:hidden;height:1px"><div style="position:relative">{}</div></div>',
    "script": '<div id="hm9">{}</div><script>document.getElementById("hm9").style.display="none"</script>',
}

TEMPLATES = {
    "sahifa": ('<div id="wrapper"><div class="content"><article class="post-listing"><div class="post-inner">{above}<h1 class="post-title">{title}</h1>'
               '<p class="post-meta"><span>admin</span> <span>December 21, 2018</span></p><div class="entry">{body}</div>{below}</div></article>'
               '<section id="check-also-box"><h3>Check Also</h3><h2><a href="/retirees">Retirees in Kabul Rally Again, Demand Overdue Pensions</a></h2>'
               '<p>AT Kabul: Afghan Retirees in the capital city staged a protest once more, demanding their … {teaser}</p></section></div></div>'),
    "unknown": ('<div class="q1"><div class="q2">{above}<h1 class="q3">{title}</h1><div class="q4">{body}</div>{below}</div><div class="q5"><h3>Check Also</h3>'
                '<p><a href="/crane">Harbour crane arrives at last</a></p><p>Harbour crane arrives after two years of delay and one storm … {teaser}</p></div></div>'),
    "joomla": ('<div id="page"><div class="deep"><div class="item-page" itemscope itemtype="https://schema.org/Article"><div class="page-header">{above}<h2 itemprop="headline">{title}</h2></div>'
               '<div itemprop="articleBody">{body}</div>{below}</div></div><aside><h3>Latest</h3><p>Harbour crane arrives after two years … {teaser}</p></aside></div>'),
    "html5": ('<main><article>{above}<header><h1>{title}</h1><p>By <a rel="author" href="/a">Ann Lee</a> <time datetime="2024-03-05">5 March 2024</time></p></header>'
              '{body}{below}</article><aside><h2>More news</h2><p>Harbour crane arrives after two years … {teaser}</p></aside></main>'),
    "table": ('<table width="100%"><tr><td>{above}<h1>{title}</h1>{body}{below}</td><td width="160"><b>Weather</b><br>Kabul 12<br>{teaser}</td></tr></table>'),
    "blogger": ('<div class="main section"><div class="post hentry">{above}<h3 class="post-title entry-title">{title}</h3><div class="post-body entry-content">{body}</div>'
                '<div class="post-footer">{below}</div></div></div><div class="sidebar"><p>{teaser}</p></div>'),
}  # fmt: skip
_TITLED_BY_OG = {"joomla", "blogger"}

VISIBLE_PLACES = (
    "last paragraph",
    "own block",
    "text node",
    "after the body",
    "before the headline",
    "teaser",
    "footer",
)
HIDDEN_PLACES = (*VISIBLE_PLACES, "middle", "in a paragraph", "first block")
INLINE_PLACES = frozenset({"last paragraph", "text node", "teaser", "in a paragraph"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One injected page."""

    form: str
    place: str
    hiding: str
    vocabulary: str
    template: str
    language: str

    def __str__(self) -> str:
        return f"{self.form} / {self.place} / {self.hiding} / {self.vocabulary} / {self.template} / {self.language}"

    @property
    def url(self) -> str:
        return "http://valley-times.example/2024/03/05/news-of-the-day/"

    def clean_page(self) -> str:
        """Give the page as it was before."""
        return self._page("", "")

    def page(self) -> str:
        """Give the page with spam."""
        inline = self.place in INLINE_PLACES
        spam = (INLINE if inline else BLOCKS)[self.form](self.vocabulary)
        wrapper = "span" if inline else "div"
        head = ""
        if self.hiding in STYLES:
            spam = f'<{wrapper} style="{STYLES[self.hiding]}">{spam}</{wrapper}>'
        elif self.hiding in SHEETS:
            attribute, sheet = SHEETS[self.hiding]
            spam, head = f"<{wrapper} {attribute}>{spam}</{wrapper}>", f"<style>{sheet}</style>"
        elif self.hiding in ATTRIBUTES:
            spam = f"<{wrapper} {ATTRIBUTES[self.hiding]}>{spam}</{wrapper}>"
        elif self.hiding in WRAPPERS:
            text = WRAPPERS[self.hiding]
            spam = (text.replace("<div", "<span").replace("</div", "</span") if inline else text).format(spam)
        return self._page(spam, head)

    def _page(self, spam: str, head: str) -> str:
        title, *story = STORIES[self.language]
        blocks = [f"<p>{text}</p>" for text in story]
        slots = {"above": "", "below": "", "teaser": ""}
        footer = ""
        match self.place:
            case "last paragraph":
                blocks[-1] = f"<p>{story[-1]} {spam}</p>"
            case "own block" | "text node":
                blocks.append(spam)
            case "after the body":
                slots["below"] = spam
            case "before the headline":
                slots["above"] = spam
            case "teaser":
                slots["teaser"] = spam
            case "footer":
                footer = spam
            case "middle":
                blocks.insert(2, spam)
            case "first block":
                blocks.insert(0, spam)
            case "in a paragraph":
                first, second = story[1].split(" ", 1) if " " in story[1] else (story[1][:20], story[1][20:])
                joint = " " if " " in story[1] else ""
                blocks[1] = f"<p>{first}{joint}{spam}{second}</p>"
        body = TEMPLATES[self.template].format(title=title, body="\n".join(blocks), **slots)
        og = f'<meta property="og:title" content="{title}">' if self.template in _TITLED_BY_OG else ""
        direction = ' dir="rtl"' if self.language == "ar" else ""
        return (
            f'<!DOCTYPE html><html lang="{self.language}"{direction}><head><meta charset="utf-8"><title>{title} - Valley Times</title>'
            f'<meta property="og:site_name" content="Valley Times">{og}{head}</head><body><header><a href="/">Valley Times</a>'
            f'<nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav></header>'
            f"{body}<footer>Copyright 2018 Valley Times{footer}</footer></body></html>"
        )


def variants(step: int = 1) -> Iterator[Variant]:
    """Give every form at every place with every hiding; vocabularies, templates and languages take turns.

    Every `step`th alone is a sample, in which each value of each dimension still occurs.
    """
    turn = count()
    for hiding in ("visible", *STYLES, *SHEETS, *ATTRIBUTES, *WRAPPERS):
        for place in VISIBLE_PLACES if hiding == "visible" else HIDDEN_PLACES:
            for form in INLINE if place in INLINE_PLACES else BLOCKS:
                at = next(turn)
                if at % step:
                    continue
                at //= step
                yield Variant(
                    form=form,
                    place=place,
                    hiding=hiding,
                    vocabulary=tuple(VOCABULARIES)[at % len(VOCABULARIES)],
                    template=tuple(TEMPLATES)[at // 2 % len(TEMPLATES)],
                    language=tuple(STORIES)[at // 3 % len(STORIES)],
                )
    for vocabulary in VOCABULARIES:  # what readers see, in all words
        for place in VISIBLE_PLACES:
            for form in INLINE if place in INLINE_PLACES else BLOCKS:
                at = next(turn)
                if at % step:
                    continue
                at //= step
                yield Variant(
                    form=form,
                    place=place,
                    hiding="visible",
                    vocabulary=vocabulary,
                    template=tuple(TEMPLATES)[at // 5 % len(TEMPLATES)],
                    language=tuple(STORIES)[at % len(STORIES)],
                )
