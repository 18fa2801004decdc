"""Pages that look like spam and are none: what they say must come out the same whether spam is looked for or not."""

from articles import paragraphs, wordpress_page

FILLER = (
    "The committee met on Tuesday in the old town hall and heard eleven witnesses before the session was adjourned. "
)
_GAMBLING = (
    "The regulator fined three operators of online casinos on Monday. The casino online market has doubled in two years. ",
    "Experts on gambling say that slot online advertising reaches minors; poker online and togel are banned in the country. ",
)
_BODY = paragraphs(FILLER * 3, FILLER * 2 + "It will meet again in May.")


def _links(*links: tuple[str, str]) -> str:
    return "<ul>" + "".join(f'<li><a href="{url}">{words}</a></li>' for words, url in links) + "</ul>"


def _hidden(content: str, style: str = "display:none") -> str:
    return f'{_BODY}<div style="{style}">{content}</div>'


_BODIES = {
    "gambling": paragraphs(*(text * 2 for text in _GAMBLING)),
    "gambling in Hungarian": paragraphs(
        "A kormány szigorítaná az online kaszinók szabályait. A szerencsejáték bevétele nőtt, a kaszinók száma is. " * 3,
        "Az engedélyezett online kaszinó: https://www.kaszino-online.example https://www.nyer.example"),
    "gambling in Greek": paragraphs(
        "Η κυβέρνηση αλλάζει τους κανόνες για τα τυχερά παιχνίδια. Το νόμιμο online καζίνο πληρώνει περισσότερο φόρο. " * 3,
        "Οι εταιρείες: https://www.onlinecasino-gr.example https://www.stoixima.example"),
    "gambling in Ukrainian": paragraphs(
        "Уряд посилює правила для ринку азартних ігор. Казино онлайн платитимуть більше, а ігрові автомати онлайн мають бути перевірені. " * 3,
        "Ліцензії мають: https://www.kazino-ua.example https://www.slots777.example"),
    "gambling in Romanian": paragraphs(
        "Guvernul schimbă regulile pentru jocurile de noroc. Fiecare cazino online plătește mai mult, iar păcănelele online sunt controlate. " * 3,
        "Operatorii: https://www.cazinouri.example https://www.pacanele.example"),
    "gambling in Hebrew": paragraphs(
        "הממשלה משנה את הכללים בתחום ההימורים. קזינו אונליין ישלם יותר מס, ומכונות מזל אונליין ייבדקו. " * 3,
        "האתרים: https://www.casino-online.example https://www.slots777.example"),
    "gambling in Danish": paragraphs(
        "Regeringen strammer reglerne for spil. Mange danskere søger et casino uden rofus, siger en forsker, og betting fylder mere. " * 3,
        "Siderne: https://www.onlinecasino-dk.example https://www.spin88.example"),
    "a figure of speech in Czech": paragraphs(
        "Je to hazard se zdravím, řekla ministryně. Vláda nechce hrát s budoucností dětí jako v kasinu. " * 4,
        "Více na https://www.ministerstvo.example a https://www.zdravi.example"),
    "gambling with the operators' addresses": paragraphs(_GAMBLING[0] * 3, "www.slot88.example www.casino-royal.example"),
    "blocked hosts": paragraphs(FILLER * 3, "The ministry blocked these gambling sites:")
    + "<ul><li>slot-gacor.example</li><li>https://judi-online.example</li><li>https://togel88.example</li></ul>",
    "blocked hosts, linked": paragraphs(FILLER, "Providers must block gambling sites from Monday on, the ministry said. The list has three names.")
    + _links(("slot-gacor.example", "http://slot-gacor.example"), ("judi-online.example", "http://judi-online.example"), ("togel88.example", "http://togel88.example")),
    "hacked universities": paragraphs(
        "Hackers put links to slot online gambling on sites under ac.id and sch.id, researchers found. " * 3,
        "Affected: https://markas303.ac.id/ https://markas303.sch.id/"),
    "hacked universities, no suffix named": paragraphs(
        "Hackers put gambling links on the sites of schools and universities, researchers found. " * 3,
        "https://markas303.ac.id/ https://markas303.or.id/ https://markas303.sch.id/"),
    "how a spam campaign works": paragraphs(
        "The campaign hides links in off-screen blocks. Readers never see the words “slot gacor” or “situs judi online”; search engines do. " * 2,
        "Researchers list the anchors that they found: slot gacor, togel online, rtp live slot, judi bola, agen slot."),
    "seo reporting": paragraphs("Agencies still sell backlinks, a study finds. Shops that let customers buy backlinks or buy instagram followers are growing. " * 2,
        "The shops: https://www.cheap-backlinks.example https://www.smm-panel.example"),
    "references": paragraphs(FILLER * 4) + "<h2>References</h2><ul><li>https://doi.org/10.1</li><li>https://who.int/r</li></ul>",
    "press release": paragraphs(FILLER * 4, "More: https://company.example/press and https://company.example/investors"),
    "bare urls of a release": paragraphs(FILLER * 4, "https://www.company.example/press https://www.partner.example/news"),
    "contact block of a release": paragraphs(FILLER * 4, "Contact", "press@company.example", "https://www.company.example", "https://www.company-foundation.example", "https://www.partner.example"),
    "brand with country sites": paragraphs(FILLER * 4, "https://www.brand.de https://www.brand.fr https://www.brand.co.uk https://www.brand.co.id"),
    "schools": paragraphs(FILLER * 4, "https://www.sman1.sch.id/ https://www.ui.ac.id/"),
    "a university and its school": paragraphs(FILLER * 4, "https://www.binus.ac.id/ https://www.binus.sch.id/"),
    "a foundation named in its own release": paragraphs("The Muhamadia foundation opened a clinic on Tuesday, its third in the province. " * 3,
        "https://www.muhamadia.ac.id/ https://www.muhamadia.or.id/ https://www.muhamadia.sch.id/"),
    "one ministry's sites": paragraphs(FILLER * 4, "Sources: https://www.bmkg.go.id/ https://data.bmkg.go.id/"),
    "one body in two countries": paragraphs(FILLER * 4, "https://www.unesco.or.jp/ https://www.unesco.or.kr/"),
    "partners of a project": paragraphs(FILLER * 4, "https://www.occrp.example https://www.icij.example/ https://www.daily-times.example"),
    "sources folded up": paragraphs(FILLER * 4) + '<div style="display:none"><a href="https://www.who.example/">https://www.who.example/</a> <a href="https://www.cdc.example/">https://www.cdc.example/</a></div>',
    "a host that stands twice in a release": paragraphs(FILLER * 4, "Tickets: https://www.festival.example and https://www.tickets.example; https://www.festival.example/press"),
    "a song's chorus": paragraphs(FILLER * 4, "Allez, allez, allez les verts, allez, allez, allez les verts, on est là, on est là, allez, allez, allez les verts"),
    "a bingo evening": paragraphs(FILLER * 4, "Bingo, bingo, tombola: every Friday bingo in the hall, bingo for children, bingo for pensioners, and bingo again at ten."),
    "a keyword list of a paper": paragraphs("The regulator fined two casinos and a betting firm over lotteries on Tuesday. " * 3,
        "Tags: casino, casino licence, casino regulator, betting, betting tax, lottery, lottery licence, casino tax, betting licence, lottery tax, casino fine, betting fine"),
    "a table of lenders": paragraphs("Banks raised what they ask for loans in March, and customers compare more. " * 3) + "<p>Loan A 4 %, loan B 5 %, loan C 6 %, loan D 4 %, loan E 5 %, loan F 6 %, loan G 4 %, loan H 5 %</p>",
    "accordion": paragraphs(FILLER * 4) + f'<div class="panel" style="display:none"><p>{FILLER * 2}</p></div>',
    "tabs": paragraphs(FILLER * 4) + f'<div role="tabpanel" hidden><p>{FILLER}<a href="http://who.example/">WHO</a></p></div>',
    "tabs of a hotel": _hidden('<ul><li><a href="http://booking.example/spa">Spa</a></li><li><a href="http://booking.example/casino">Casino</a></li>'
        '<li><a href="http://booking.example/pool">Pool</a></li></ul>'),
    "paywalled": paragraphs(FILLER * 2) + f'<div class="paywall" style="display:none">{paragraphs(FILLER * 4)}</div>',
    "paywalled report on gambling": paragraphs(FILLER)
    + f'<div class="paywall" style="display:none">{paragraphs(*(text * 2 for text in _GAMBLING))}'
    '<p>The <a href="https://regulator.example/report">report on online casinos</a> and the <a href="https://ministry.example/law">draft law on slot online</a> were published.</p></div>',
    "screen reader": f'<p>{FILLER * 3}<a href="http://other.example/x">report<span style="left:-9999px">(opens in a new window)</span></a></p>',
    "screen reader link": paragraphs(FILLER * 4)
    + '<a style="position:absolute;clip:rect(0,0,0,0);width:1px;height:1px;overflow:hidden" href="https://agency.example/full">Full report for screen readers</a>',
    "skip links": '<a style="position:absolute;left:-9999px" href="#main">Skip to content</a>' + _BODY,
    "hidden references": paragraphs(FILLER * 4) + '<div style="display:none"><a href="https://doi.org/10.1/2">Smith 2020</a></div>',
    "hidden share menu": paragraphs(FILLER * 4)
    + '<div style="position:absolute;left:-9999px"><a href="https://facebook.com/s">Facebook</a><a href="https://x.com/s">X</a></div>',
    "share button in its own colour": _BODY + '<a style="background:#126567;color:#126567" href="https://www.xing.com/spi/shares/new?url=x"><span>share</span></a>'
    '<a style="background:#333;color:#333" href="mailto:?body=x">E-Mail</a>',
    "cards that appear": _BODY + "".join(f'<div style="opacity:0"><a href="https://www.centre{n}.example/paper">Key considerations for tutoring, part {n}</a></div>' for n in range(4)),
    "slides": _BODY + "".join(f'<div style="visibility:hidden;opacity:0"><a href="https://sponsor{n}.example/">Sponsor number {n} of the festival</a></div>' for n in range(3)),
    "country sites in a hidden menu": _hidden(_links(("Deutschland", "https://www.brand.de/"), ("France", "https://www.brand.fr/"), ("ไทย", "https://www.brand.co.th/"))),
    "hidden menu with a betting page": _hidden(_links(("News", "/news"), ("Sport", "/sport"), ("Betting", "/betting"), ("Casino", "https://casino.partner.example/"), ("Bingo", "/bingo"))),
    "menu of a tabloid": _links(("Football", "/football"), ("Best betting sites", "/betting/sites"), ("Casino bonus", "/casino/bonus")) + _BODY,
    "hidden menu of a tabloid": _hidden(_links(("More", "/more"), ("Climate", "/climate"), ("Best betting sites", "/betting/sites"), ("Casino sites", "/betting/casino-sites"),
        ("Voices", "https://voices.paper.example/"), ("Puzzles", "https://puzzles.paper.example/"), ("Long reads", "/long"))),
    "hidden link to a guide of its own": _hidden('<a href="/nutrition/buy-ozempic-online">Buy Ozempic Online</a>'),
    "hidden newsletter form": _hidden('<form><p>Subscribe to our free newsletter</p><input><a href="https://mail.example/terms">Terms</a></form>'),
    "hidden vendors of a cookie banner": _hidden(_links(*((f"Vendor {n}", f"https://vendor{n}.example/privacy") for n in range(12)), ("Bet Partners", "https://betting-ads.example/privacy"))),
    "closed details with sources": _BODY + "<details><summary>Sources</summary>" + _links(("WHO", "https://who.example/"), ("Casino Association", "https://casinos.example/"), ("ILO", "https://ilo.example/")) + "</details>",
    "closed details on loans": paragraphs(FILLER * 3, "Payday loans are to be capped from May on, the government said.")
    + '<details><summary>What are payday loans?</summary><p>Payday loans online are short loans with high interest; bad credit loans online are alike. See <a href="https://debt.example/">debt advice</a>.</p></details>',
    "noscript": _BODY + '<noscript><img src="http://stat.example/p.gif"><a href="https://stat.example/">Stat counter</a></noscript>',
    "template of cards": _BODY + '<template><div class="card"><a href="{{url}}">{{title}}</a></div></template>',
    "help for gamblers at the end of a match report": paragraphs("City won by two goals to nil at home on Saturday, and both came after the break. " * 3,
        "Odds: City 2/1, draw 12/5, United 6/4 (bet365)", "https://www.begambleaware.example https://www.gamblingtherapy.example https://www.gamblersanonymous.example"),
    "odds with the bookmakers' links": paragraphs("City won by two goals to nil at home on Saturday, and both came after the break. " * 3)
    + _links(("2/1 at bet365", "https://www.bet365.example/"), ("12/5 at William Hill", "https://www.williamhill.example/"), ("6/4 at Paddy Power", "https://www.paddypower.example/")),
    "racing tips": paragraphs("The going is good to soft, and the second race has eleven runners. " * 3, "Best bet: Jackpot Joe in the 2.30. Next best: Slot Machine in the 3.10. Lucky Casino runs in the last."),
    "casino earnings": paragraphs("Macau's casinos took in more in May than in any month since 2019, and slot machines did best. " * 3, "https://www.sandscasino.example https://www.mgmcasino.example"),
    "poker champion": paragraphs("She won the poker tournament in Monte Carlo on Sunday. " * 8, "Her site: https://www.poker-champion.example"),
    "poker results": paragraphs("The final table of the poker series was played on Sunday in Vienna. " * 3) + _links(("PokerNews", "https://www.pokernews.example"), ("Poker series", "https://www.pokerseries.example")),
    "concert in a casino": paragraphs("The singer begins her tour on Friday with songs of the last album and a new band. " * 3, "https://www.casino-estoril.example https://www.coliseu.example"),
    "film": paragraphs("Casino Royale returns to the cinemas next week, restored and with a new sound track. " * 4, "https://www.casino-royale-film.example"),
    "pharmacy news": paragraphs("The online pharmacy sold generic viagra without prescription, the court heard. " * 4, FILLER),
    "news in brief": paragraphs(FILLER * 3, "The mayor opened the new bridge on Monday.", "The online pharmacy sold generic viagra without prescription, the court heard on Tuesday."),
    "drug approval": paragraphs("The agency approved the first generic of the drug on Monday, which until now only one company made. " * 3, "Sildenafil: https://www.agency.example/sildenafil"),
    "doping": paragraphs("The rider tested positive for tramadol, which has been banned since 2019. " * 4, "https://www.uci.example https://www.wada.example"),
    "socialists and specialists": paragraphs(FILLER * 4, "https://www.socialistparty.example https://www.specialistnews.example https://www.officialis.example"),
    "fashion": paragraphs("Louis Vuitton outlet shoppers queued; the court ruled on replica watches and fake Rolex sellers. " * 4),
    "counterfeits at the border": paragraphs("Customs seized four tons of counterfeits in the harbour, most of them bags and shoes. " * 3,
        "Found were copies of Louis Vuitton, Gucci, Prada, Chanel, Hermes, Rolex and Omega."),
    "outlet opens": paragraphs("The new centre has ninety shops and room for two thousand cars, and opens on Friday. " * 3, "https://www.designer-outlet.example https://www.outletcity.example"),
    "island of Jersey": paragraphs(FILLER * 3, "https://www.jerseys-parliament.example https://www.jersey.example"),
    "loans": paragraphs("Payday loans are to be capped, the government said; bad credit loans will follow. " * 4, "www.payday.example"),
    "loan advice": paragraphs("Whoever cannot pay the rent should call the advice centre before taking a payday loan. " * 3)
    + _links(("Debt advice", "https://www.debtadvice.example"), ("Payday loan complaints", "https://www.ombudsman.example/payday-loans"), ("Credit unions", "https://www.unions.example")),
    "essay mills": paragraphs("An essay writing service such as write my essay is illegal now in England. " * 5),
    "universities on cheating": paragraphs("The university checks essays for what machines wrote, the dean said on Monday. " * 3, "https://www.essayist-club.example https://www.dissertations.example"),
    "obituary": paragraphs("He taught physics at the school for thirty years and played the organ on Sundays. " * 3)
    + _links(("Miller Funeral Home", "https://www.miller-funerals.example"), ("Donate to the hospice", "https://www.hospice.example/donate")),
    "donations": paragraphs("The flood left four thousand people without a roof, and the churches ask for help. " * 3,
        "https://www.redcross.example/donate", "https://www.caritas.example", "https://www.diakonie.example", "https://www.islamic-relief.example"),
    "age checks": paragraphs("Porn sites must check the age of their visitors from July on, the regulator said. " * 3, "https://www.pornhub.example https://www.xvideos.example"),
    "a town in Brittany": paragraphs("La plage sera fermée lundi pour des travaux, a annoncé la mairie. " * 4, "https://www.ville-pornichet.example https://www.pornichet-tourisme.example"),
    "car club": paragraphs("The club met for the fortieth time, and sixty cars came. " * 4, "https://www.escortcosworth.example https://www.ford-escort-club.example"),
    "a recipe's slots": paragraphs("Put the trays in the oven's lower slots and bake for an hour. " * 8),
    "airport slots": paragraphs("The airport will hand out more slots in summer, the coordinator said. " * 4, "https://www.slots-coordination.example https://www.airport-slots.example"),
    "broadcaster": paragraphs("O jogo começa às nove da noite de domingo no estádio da capital. " * 4, "RTP live: https://www.rtp.example/play"),
    "health insurance": paragraphs("Die PKV hebt die Beiträge im Januar um zwölf Prozent an, wie der Verband mitteilte. " * 4, "PKV: https://www.pkv.example"),
    "star clusters": paragraphs("The galaxy M88 can be seen with small telescopes in May, as can M90 beside it. " * 4, "https://www.m88.example https://www.messier.example"),
    "a band named Toto": paragraphs("The band plays its hits and three new songs in Graz on Friday. " * 4, "https://www.toto-band.example https://www.toto99.example"),
    "actress named Judi": paragraphs("The actress reads from her memoirs in the town theatre on Sunday at eleven. " * 4, "https://www.judidench.example https://www.judi-smith.example"),
    "wire credit": paragraphs(FILLER * 5, "Reporting by Ann Lee in Vienna and Bo Day in Oslo."),
    "links in the text": f'<p>{FILLER}<a href="https://a.example/1">one</a> and <a href="https://b.example/2">two</a> agree.</p>' * 4,
    "links of the week": paragraphs(FILLER * 3)
    + _links(("Bakers return to the old bazaar", "https://a.example/1"), ("UK to cap online casino stakes", "https://b.example/2"), ("Why the ferry is late", "https://c.example/3"), ("A payday loan that cost a house", "https://d.example/4")),
    "town list": paragraphs(FILLER * 3) + "<ul><li>Las Vegas</li><li>Macau</li><li>Monte Carlo</li></ul>",
    "blogroll": _BODY + "<h3>Friends</h3>" + _links(("Replica Studio", "https://replica.example"), ("Outlet Magazine", "https://outletmag.example"), ("Harbour notes", "https://harbour.example")),
    "indonesian news on gambling": paragraphs("Polisi menangkap tujuh pengelola situs judi online di Medan, Senin. Mereka mengelola slot online dan togel. " * 3, "Situs yang diblokir: https://slot-gacor88.example https://togelkita.example"),
    "indonesian news beside gambling": paragraphs("Bupati meresmikan jembatan baru di kecamatan itu pada Selasa pagi. Jembatan ini menghubungkan dua desa. " * 3)
    + '<p><a href="https://tribun.example/2024/05/polisi-bongkar-judi-online">Baca juga: Polisi Bongkar Situs Judi Online Jaringan Medan</a></p>',
    "indonesian football": paragraphs("Striker asing itu kembali gacor dengan dua gol pada laga kandang Minggu malam. " * 4, "Gacor lagi: https://www.liga.example"),
    "thai news": paragraphs("ตำรวจจับกุมเครือข่ายการพนันออนไลน์รายใหญ่ ยึดรถหรูและเงินสดจำนวนมาก เว็บพนันดังกล่าวเปิดให้เล่นสล็อตและบาคาร่า" * 3, "https://ufabet-news.example https://slot-th.example"),
    "chinese news": paragraphs("警方周一通报，破获一起特大网络赌博案，涉案金额超过两亿元。该团伙搭建博彩网站，以真人荷官和百家乐吸引参赌人员。" * 3),
    "japanese news": paragraphs("オンラインカジノの利用者が増えていると警察庁が発表した。違法であることを知らない人も多い。" * 6),
    "korean news": paragraphs("경찰은 불법 온라인 도박 사이트를 운영한 일당 열 명을 붙잡았다고 밝혔다. 이들은 카지노사이트와 사설토토를 운영했다. " * 3),
    "vietnamese news": paragraphs("Công an bắt nhóm tổ chức đánh bạc, cá cược bóng đá qua mạng với số tiền hàng trăm tỷ đồng. Nhóm này quảng cáo tài xỉu online và nổ hũ. " * 3),
    "turkish news": paragraphs("Polis, yasa dışı bahis siteleri kuran çeteye operasyon düzenledi. Kaçak bahis oynatan on kişi gözaltına alındı. " * 3),
    "russian news": paragraphs("Роскомнадзор заблокировал сайты, где работали казино онлайн и игровые автоматы на деньги. Владельцам грозит штраф. " * 3),
    "arabic news": paragraphs("أوقفت الشرطة شبكة تدير مواقع كازينو اون لاين ومراهنات اون لاين، وصادرت أجهزة وأموالا خلال المداهمة التي جرت يوم الأحد. " * 3),
    "hindi news": paragraphs("पुलिस ने सट्टा मटका चलाने वाले गिरोह के आठ लोगों को सोमवार को गिरफ्तार किया और नकदी जब्त की। " * 4),
    "a film in a japanese review": paragraphs("港の映画館が日曜日、三年ぶりに再開した。最初の一本は半世紀前の名作で、席はすぐに埋まった。" * 6)
    + _links(("Casino Royale", "https://www.casino-royale-film.example"), ("Poker Face", "https://www.poker-face.example")),
    "a hotel in a russian report": paragraphs("В Монако закончился ремонт старой гостиницы, которая стоит у моря больше ста лет, сообщили её владельцы. " * 5)
    + '<p><a href="https://www.casino-hotel.example">Casino Hotel</a></p>',
    "a chinese partner in an english report": paragraphs(FILLER * 6) + '<p><a href="https://www.paper.example.cn">人民日报海外版</a></p>',
    "a partner's links below an indonesian report": paragraphs("Petani garam di pesisir utara masih menunggu kemarau tiba tahun ini karena hujan belum berhenti. " * 5)
    + _links(("Prediksi cuaca akhir pekan", "https://cuaca.example/"), ("Bandar udara baru dibuka", "https://wisata.example/bandar"), ("Link pendaftaran beasiswa", "https://beasiswa.example/")),
    "news translated": paragraphs(FILLER * 3, "百家乐 is the Chinese word for baccarat, and 老虎机 that for a slot machine, as the glossary of the museum's show on casinos explains."),
    "footer of a bookmaker's partner": _BODY + "<footer><p>18+ Gamble responsibly. T&amp;Cs apply.</p><p>https://www.begambleaware.example</p></footer>",
}  # fmt: skip

INNOCENT = {
    name: wordpress_page(body, headline="What the committee heard on Tuesday") for name, body in _BODIES.items()
}
"""Pages by name."""

_HEADS = {
    "a gambling headline over a stub": ("Best online casino bonus ads are banned from May", FILLER, ""),
    "keywords of a business page": ("Macau sees more visitors in May", FILLER * 3, '<meta name="keywords" content="macau, online casino, casino bonus, tourism">'),
    "a description of the trade": ("What the committee heard on Tuesday", FILLER * 3, '<meta property="og:description" content="The committee heard how no deposit bonus offers of an online casino reach minors.">'),
    "an author with a telling name": ("What the committee heard on Tuesday", FILLER * 3, '<meta name="author" content="Judi Togelius">'),
    "a section on betting": ("City win again", FILLER * 3, '<meta property="article:section" content="Betting">'),
}  # fmt: skip
INNOCENT |= {
    name: wordpress_page(paragraphs(text), headline=headline, head=head)
    for name, (headline, text, head) in _HEADS.items()
}
