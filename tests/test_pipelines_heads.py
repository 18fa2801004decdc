"""What stands by a headline, in thirty languages: who signs, when it was published, and none of it in the body."""

import pytest
from articles import article

STORIES = {
    "fa": (
        "گشایش بندر تازه در شمال شهر",
        "شهردار امروز بندر را پس از سال\u200cها بازسازی گشود و گفت که کارها به پایان رسیده است. ",
    ),
    "ar": (
        "افتتاح الميناء الجديد شمال المدينة",
        "افتتح رئيس البلدية الميناء بعد سنوات من أعمال البناء وقال إن المشروع سيخدم سكان المنطقة كلها. ",
    ),
    "hi": (
        "शहर के उत्तर में नया बंदरगाह खुला",
        "महापौर ने कई वर्षों के निर्माण के बाद बंदरगाह खोला और कहा कि इससे पूरे क्षेत्र को लाभ होगा। ",
    ),
    "th": (
        "เปิดท่าเรือใหม่ทางเหนือของเมือง",
        "นายกเทศมนตรีเปิดท่าเรือหลังการก่อสร้างหลายปีและกล่าวว่าโครงการนี้จะช่วยให้ประชาชนทั้งเมืองเดินทางสะดวกขึ้น ",
    ),
    "ja": (
        "市の北に新しい港が開かれる",
        "市長は数年にわたる工事を経て港を開き、地域全体の人々のためになると述べた。式典には多くの市民が集まった。",
    ),
    "zh": (
        "城北新港口正式启用",
        "市长在多年施工之后宣布港口启用，并表示该项目将惠及整个地区的居民。许多市民参加了开幕仪式。",
    ),
    "ko": (
        "도시 북쪽에 새 항구 문을 열다",
        "시장은 여러 해의 공사 끝에 항구를 열고 이 사업이 지역 전체에 도움이 될 것이라고 말했다. 많은 시민이 행사에 참석했다. ",
    ),
    "ru": (
        "На севере города открылся новый порт",
        "Мэр открыл порт после многолетнего строительства и заявил, что проект послужит жителям всего региона. ",
    ),
    "uk": (
        "На півночі міста відкрили новий порт",
        "Мер відкрив порт після багаторічного будівництва і заявив, що проєкт послужить мешканцям усього регіону. ",
    ),
    "tr": (
        "Kentin kuzeyinde yeni liman açıldı",
        "Belediye başkanı yıllar süren inşaatın ardından limanı açtı ve projenin bütün bölgeye hizmet edeceğini söyledi. ",
    ),
    "id": (
        "Pelabuhan baru dibuka di utara kota",
        "Wali kota membuka pelabuhan setelah pembangunan bertahun-tahun dan mengatakan proyek itu akan melayani seluruh warga. ",
    ),
    "vi": (
        "Cảng mới mở cửa ở phía bắc thành phố",
        "Thị trưởng đã khánh thành cảng sau nhiều năm xây dựng và nói rằng dự án sẽ phục vụ người dân toàn vùng. ",
    ),
    "el": (
        "Νέο λιμάνι άνοιξε στα βόρεια της πόλης",
        "Ο δήμαρχος εγκαινίασε το λιμάνι μετά από χρόνια εργασιών και είπε ότι το έργο θα εξυπηρετεί όλη την περιοχή. ",
    ),
    "pt": (
        "Novo porto abre no norte da cidade",
        "O prefeito inaugurou o porto depois de anos de obras e disse que o projeto vai servir aos moradores de toda a região. ",
    ),
    "es": (
        "Abre un nuevo puerto al norte de la ciudad",
        "El alcalde inauguró el puerto tras años de obras y dijo que el proyecto servirá a los vecinos de toda la región. ",
    ),
    "fr": (
        "Un nouveau port ouvre au nord de la ville",
        "Le maire a inauguré le port après des années de travaux et a déclaré que le projet servirait toute la région. ",
    ),
    "pl": (
        "Nowy port otwarto na północy miasta",
        "Burmistrz otworzył port po latach budowy i powiedział, że projekt będzie służył mieszkańcom całego regionu. ",
    ),
    "bn": (
        "শহরের উত্তরে নতুন বন্দর চালু",
        "মেয়র বহু বছরের নির্মাণকাজের পর বন্দরটি উদ্বোধন করে বলেন এই প্রকল্প পুরো অঞ্চলের মানুষের কাজে আসবে। ",
    ),
    "ta": (
        "நகரின் வடக்கே புதிய துறைமுகம் திறப்பு",
        "பல ஆண்டு கட்டுமானத்திற்குப் பிறகு மேயர் துறைமுகத்தைத் திறந்து வைத்து இத்திட்டம் மக்களுக்குப் பயன்படும் என்றார். ",
    ),
    "ur": (
        "شہر کے شمال میں نئی بندرگاہ کھل گئی",
        "میئر نے برسوں کی تعمیر کے بعد بندرگاہ کا افتتاح کیا اور کہا کہ یہ منصوبہ پورے علاقے کے لوگوں کے کام آئے گا۔ ",
    ),
    "he": (
        "נמל חדש נפתח בצפון העיר",
        "ראש העיר חנך את הנמל אחרי שנים של עבודות ואמר כי הפרויקט ישרת את תושבי האזור כולו. ",
    ),
    "hu": (
        "Új kikötő nyílt a város északi részén",
        "A polgármester évekig tartó építkezés után megnyitotta a kikötőt, és azt mondta, hogy az egész térséget szolgálja. ",
    ),
    "cs": (
        "Na severu města otevřeli nový přístav",
        "Starosta po letech výstavby otevřel přístav a řekl, že projekt poslouží obyvatelům celého regionu. ",
    ),
    "de": (
        "Neuer Hafen im Norden der Stadt eröffnet",
        "Der Bürgermeister hat den Hafen nach Jahren des Baus eröffnet und gesagt, dass das Vorhaben der ganzen Gegend diene. ",
    ),
    "it": (
        "Nuovo porto aperto a nord della città",
        "Il sindaco ha inaugurato il porto dopo anni di lavori e ha detto che il progetto servirà a tutta la regione. ",
    ),
    "nl": (
        "Nieuwe haven geopend in het noorden van de stad",
        "De burgemeester opende de haven na jaren van bouwen en zei dat het project de hele streek zal dienen. ",
    ),
    "sv": (
        "Ny hamn öppnad i norra delen av staden",
        "Borgmästaren öppnade hamnen efter flera års bygge och sade att projektet ska tjäna hela regionen. ",
    ),
    "ro": (
        "Un nou port s-a deschis în nordul orașului",
        "Primarul a inaugurat portul după ani de lucrări și a spus că proiectul va servi locuitorilor întregii regiuni. ",
    ),
    "bg": (
        "Ново пристанище отвори врати в северната част на града",
        "Кметът откри пристанището след години строителство и каза, че проектът ще служи на целия регион. ",
    ),
    "sr": (
        "Нова лука отворена на северу града",
        "Градоначелник је отворио луку после вишегодишње градње и рекао да ће пројекат служити целом крају. ",
    ),
    "kk": (
        "Қаланың солтүстігінде жаңа порт ашылды",
        "Әкім ұзақ жылғы құрылыстан кейін портты ашып, жоба бүкіл өңірдің тұрғындарына қызмет ететінін айтты. ",
    ),
    "ms": (
        "Pelabuhan baharu dibuka di utara bandar",
        "Datuk bandar merasmikan pelabuhan selepas bertahun-tahun pembinaan dan berkata projek itu demi seluruh penduduk. ",
    ),
}
HEADS = [
    (
        "fa",
        "<div class='info'><span>تاریخ انتشار: ۱۳ اردیبهشت ۱۴۰۳ - ۱۰:۳۰</span><span>کد خبر: ۱۲۳۴۵۶</span></div>",
        (),
    ),
    ("fa", "<div><span>نویسنده: مریم احمدی</span><span>پنجشنبه ۱۳ اردیبهشت ۱۴۰۳</span></div>", ("مریم احمدی",)),
    ("fa", "<div class='meta'>۱۴۰۳/۰۲/۱۳ ۱۰:۳۰</div>", ()),
    ("fa", "<div>آخرین به\u200cروزرسانی: ۱۳ اردیبهشت ۱۴۰۳</div>", ()),
    ("ar", "<div class='author'>كتب: محمد علي</div><div>الخميس 2 مايو 2024 - 10:30 ص</div>", ("محمد علي",)),
    ("ar", "<p>بقلم: سارة حسن</p><p>نشر في: 2 أيار 2024</p>", ("سارة حسن",)),
    ("ar", "<div>تاريخ النشر: ٠٢ مايو ٢٠٢٤</div><div>آخر تحديث: ٠٣ مايو ٢٠٢٤</div>", ()),
    ("hi", "<div class='byline'>द्वारा: राजेश कुमार</div><div>प्रकाशित: 2 मई 2024, 10:30 AM IST</div>", ("राजेश कुमार",)),
    (
        "hi",
        "<div><span>Written by: राजेश कुमार</span> <span>Updated: Thu, 02 May 2024 10:30 PM (IST)</span></div>",
        ("राजेश कुमार",),
    ),
    ("hi", "<div>अपडेटेड 03 मई 2024</div><div>Publish Date: Thu, 02 May 2024</div>", ()),
    ("th", "<div>เผยแพร่: 2 พ.ค. 2567 10:30 น.</div><div>โดย: สมชาย ใจดี</div>", ("สมชาย ใจดี",)),
    ("th", "<div>โดย สมชาย ใจดี</div><div>2 พฤษภาคม 2567</div>", ("สมชาย ใจดี",)),
    ("th", "<div>ปรับปรุง: 3 พ.ค. 2567</div><div>เผยแพร่: 2 พ.ค. 2567</div>", ()),
    ("ja", "<p>2024年5月2日 10時30分</p><p>文・山田太郎</p>", ("山田太郎",)),
    ("ja", "<div>公開日時: 2024/05/02 10:30</div><div>記者：山田太郎</div>", ("山田太郎",)),
    ("ja", "<div>更新: 2024/5/3 9:00</div><div>投稿: 2024/5/2 10:30</div>", ()),
    ("zh", "<div><span>2024-05-02 10:30</span> <span>来源：新华社</span> <span>作者：李明</span></div>", ("李明",)),
    ("zh", "<div>记者 王小红 报道</div><div>发布时间：2024年05月02日</div>", ("王小红",)),
    ("zh", "<div>2024年05月02日10:30 | 责任编辑：张三</div>", ()),
    ("zh-TW", "<div>記者李明／台北報導</div><div>2024/05/02 10:30</div>", ("李明",)),
    (
        "ko",
        "<div><span>김철수 기자</span><span>입력 2024.05.02 10:30</span><span>수정 2024.05.03 09:00</span></div>",
        ("김철수",),
    ),
    ("ko", "<div>기자 김철수</div><div>등록 : 2024-05-02 오전 10:30</div>", ("김철수",)),
    ("ru", "<div><span>Автор: Иван Петров</span><time>2 мая 2024, 10:30</time></div>", ("Иван Петров",)),
    ("ru", "<div>02.05.2024 10:30</div><div>Текст: Мария Иванова</div>", ("Мария Иванова",)),
    ("ru", "<div>Опубликовано: 2 мая 2024</div><div>Обновлено: 3 мая 2024</div>", ()),
    ("uk", "<div>Автор: Олена Коваль</div><div>2 травня 2024, 10:30</div>", ("Олена Коваль",)),
    ("uk", "<div class='author-name'>Олена Коваль</div><div>четвер, 02.05.2024, 10:30</div>", ("Олена Коваль",)),
    (
        "tr",
        "<div>Yazan: Ayşe Yılmaz</div><div>Giriş Tarihi: 02.05.2024 10:30 Güncelleme Tarihi: 03.05.2024 09:00</div>",
        ("Ayşe Yılmaz",),
    ),
    ("tr", "<div>Haber: Mehmet Demir</div><div>Yayınlanma: 2 Mayıs 2024 Perşembe</div>", ("Mehmet Demir",)),
    ("tr", "<div>Güncellenme: 3 Mayıs 2024</div><div>Oluşturulma Tarihi: Mayıs 02, 2024</div>", ()),
    ("id", "<div>Oleh: Budi Santoso</div><div>Kamis, 2 Mei 2024 10:30 WIB</div>", ("Budi Santoso",)),
    (
        "id",
        "<div>Penulis: Budi Santoso</div><div>Editor: Sri Rahayu</div><div>Diterbitkan: 02/05/2024</div>",
        ("Budi Santoso",),
    ),
    ("id", "<div>Reporter: Budi Santoso</div><div>Tayang: Kamis, 2 Mei 2024</div>", ("Budi Santoso",)),
    ("vi", "<div>Thứ năm, 2/5/2024, 10:30 (GMT+7)</div><div>Tác giả: Nguyễn Văn An</div>", ("Nguyễn Văn An",)),
    ("el", "<div>Συντάκτης: Μαρία Παπαδοπούλου</div><div>02 Μαΐου 2024, 10:30</div>", ("Μαρία Παπαδοπούλου",)),
    (
        "el",
        "<div>Της Μαρίας Παπαδοπούλου</div><div>Δημοσίευση: 02/05/2024 Τελευταία ενημέρωση: 03/05/2024</div>",
        ("Μαρίας Παπαδοπούλου",),
    ),
    ("pt", "<div>Por Ana Souza</div><div>02/05/2024 10h30 Atualizado 03/05/2024</div>", ("Ana Souza",)),
    ("pt", "<div>Por Ana Souza, g1 — São Paulo</div><div>02/05/2024 10h30</div>", ("Ana Souza",)),
    ("pt", "<div>Atualizado em 3 de maio de 2024</div><div>Publicado em 2 de maio de 2024 às 10h30</div>", ()),
    ("es", "<div>Por Juan Pérez</div><div>2 de mayo de 2024 - 10:30</div>", ("Juan Pérez",)),
    (
        "es",
        "<div>Actualizado: 3 de mayo de 2024</div><div>Publicado el 2 de mayo de 2024</div><div>Redacción</div>",
        (),
    ),
    (
        "fr",
        "<div>Par Marie Dupont</div><div>Publié le 02/05/2024 à 10:30, mis à jour le 03/05/2024</div>",
        ("Marie Dupont",),
    ),
    ("fr", "<div>Propos recueillis par Marie Dupont</div><div>le 2 mai 2024</div>", ("Marie Dupont",)),
    ("pl", "<div>Autor: Jan Kowalski</div><div>2 maja 2024, 10:30</div>", ("Jan Kowalski",)),
    ("pl", "<div>Data publikacji: 02.05.2024</div><div>oprac. Jan Kowalski</div>", ("Jan Kowalski",)),
    ("bn", "<div>নিজস্ব প্রতিবেদক</div><div>প্রকাশ: ০২ মে ২০২৪, ১০: ৩০</div>", ()),
    ("bn", "<div>লেখক: রহিম উদ্দিন</div><div>প্রকাশিত: ২ মে ২০২৪</div><div>আপডেট: ৩ মে ২০২৪</div>", ("রহিম উদ্দিন",)),
    ("ta", "<div>பதிவு: மே 2, 2024</div><div>எழுதியவர்: முத்து குமார்</div>", ("முத்து குமார்",)),
    ("ur", "<div>جمعرات 2 مئی 2024</div><div>تحریر: احمد خان</div>", ("احمد خان",)),
    ("he", "<div>מאת: דוד כהן</div><div>פורסם: 02.05.24, 10:30</div><div>עודכן: 03.05.24</div>", ("דוד כהן",)),
    ("he", "<div>דוד כהן | 2 במאי 2024</div>", ("דוד כהן",)),
    ("hu", "<div>Szerző: Nagy Péter</div><div>2024. május 2. 10:30</div>", ("Nagy Péter",)),
    ("hu", "<div>Frissítve: 2024. május 3.</div><div>Megjelent: 2024.05.02. 10:30</div>", ()),
    ("cs", "<div>Autor: Petr Novák</div><div>2. 5. 2024 10:30</div>", ("Petr Novák",)),
    ("cs", "<div>Aktualizováno 3. května 2024</div><div>Publikováno 2. května 2024</div>", ()),
    ("de", "<div>Von Anna Schmidt</div><div>02.05.2024, 10:30 Uhr</div>", ("Anna Schmidt",)),
    (
        "de",
        "<div>Aktualisiert: 03.05.2024</div><div>Veröffentlicht: 02.05.2024</div><div>Ein Gastbeitrag von Anna Schmidt</div>",
        ("Anna Schmidt",),
    ),
    ("it", "<div>di Mario Rossi</div><div>2 maggio 2024</div>", ("Mario Rossi",)),
    ("nl", "<div>Door Jan de Vries</div><div>2 mei 2024 om 10:30</div>", ("Jan de Vries",)),
    (
        "sv",
        "<div>Text: Anna Svensson</div><div>Publicerad 2 maj 2024 kl 10.30</div><div>Uppdaterad 3 maj 2024</div>",
        ("Anna Svensson",),
    ),
    (
        "ro",
        "<div>Autor: Ion Popescu</div><div>Publicat: 02 mai 2024</div><div>Actualizat: 03 mai 2024</div>",
        ("Ion Popescu",),
    ),
    ("bg", "<div>Автор: Иван Георгиев</div><div>02 май 2024 г., 10:30 ч.</div>", ("Иван Георгиев",)),
    ("sr", "<div>Аутор: Петар Јовановић</div><div>Објављено: 02.05.2024. у 10:30</div>", ("Петар Јовановић",)),
    ("kk", "<div>Автор: Айгүл Сапарова</div><div>2 мамыр 2024</div>", ("Айгүл Сапарова",)),
    ("ms", "<div>Oleh Ahmad Ismail</div><div>2 Mei 2024, 10:30 pagi</div>", ("Ahmad Ismail",)),
]


@pytest.mark.parametrize(("language", "head", "authors"), HEADS)
def test_the_head_of_a_page_is_read_in_its_language_and_left_out_of_its_body(
    language: str, head: str, authors: tuple[str, ...]
) -> None:
    headline, sentence = STORIES[language[:2]]
    story = "".join(f"<p>{number} {3 * sentence}</p>" for number in range(5))
    read = article(
        f"<html lang='{language}'><head><title>{headline}</title></head><body><nav><a href='/'>A</a><a href='/b'>B</a></nav>"
        f"<article><h1>{headline}</h1>{head}{story}</article><footer><p>© 2024</p></footer></body></html>",
        url="http://paper.example/news/harbour",
    )
    assert read.headline == headline
    assert read.authors == authors
    assert (read.published or "")[:10] == "2024-05-02"
    assert read.language == language[:2]
    assert read.body.split("\n\n") == [f"{number} {3 * sentence}".strip() for number in range(5)]
