"""Sentences in nine languages whose words are known, and how well search finds them: the table in docs/search.md.

`|` marks where words end in scripts without spaces. `typed` is how a reader may type a word that stands otherwise.
"""

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from archives import make_archive

from archive.reader import open_reader
from archive.search import matching_ids

_TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
_PUNCTUATION = re.compile(r"[\s.,;:!?«»„“”\"()。、，！？「」।،؛؟ฯ–—-]+")


def _translated(before: str, after: str) -> Callable[[str], str]:
    table = str.maketrans(before, after)
    return lambda word: word.translate(table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language's sentences and how its words are typed."""

    name: str
    sentences: str
    typed: Callable[[str], str] = str
    how: str = "as written"
    spaced: bool = True

    def words(self) -> list[list[str]]:
        """Give the words of each sentence."""
        lines = self.sentences.strip().splitlines()
        separator = _PUNCTUATION if self.spaced else re.compile(rf"\||{_PUNCTUATION.pattern}")
        return [
            [word for word in separator.split(line.lower()) if len(word) > (0 if self.spaced else 1)] for line in lines
        ]

    def texts(self) -> list[str]:
        """Give the sentences as they stand in an article."""
        lines = self.sentences.strip().splitlines()
        return lines if self.spaced else [line.replace("|", "") for line in lines]


_CHINESE = """
中国|外交部|发言人|周二|在|北京|举行|记者会|。
阿富汗|首都|喀布尔|发生|爆炸|，|造成|十二|人|死亡|。
警方|表示|，|正在|调查|爆炸|的|原因|。
经济|增长|放缓|，|专家|呼吁|政府|采取|措施|。
地震|造成|数百|房屋|倒塌|，|救援|人员|赶往|灾区|。
世界|卫生|组织|警告|疫情|可能|再次|扩散|。
总统|在|电视|讲话|中|承诺|改革|税收|制度|。
上海|股市|周五|收盘|上涨|百分之二|。
联合国|安理会|讨论|中东|局势|，|没有|达成|协议|。
科学家|发现|新|行星|，|距离|地球|四十|光年|。
学生|抗议|学费|上涨|，|大学|校长|辞职|。
台风|登陆|福建|，|航班|取消|，|学校|停课|。
法院|判处|前|部长|五年|监禁|，|罪名|是|贪污|。
农民|担心|干旱|影响|粮食|产量|。
"""
_JAPANESE = """
政府|は|火曜日|に|新しい|経済|対策|を|発表|した|。
東京|で|大規模|な|地震|が|発生|し|、|鉄道|が|停止|した|。
警察|は|容疑者|を|逮捕|し|、|動機|を|調べて|いる|。
首相|は|国会|で|消費税|の|引き上げ|を|説明|した|。
アメリカ|の|大統領|が|来月|日本|を|訪問|する|。
台風|の|影響|で|航空|便|が|欠航|に|なった|。
大学|の|研究者|が|新薬|の|開発|に|成功|した|。
原子力|発電所|の|再稼働|に|住民|が|反対|して|いる|。
サッカー|代表|は|ワールドカップ|予選|で|勝利|した|。
株価|が|急落|し|、|投資家|に|不安|が|広がった|。
アフガニスタン|の|カブール|で|爆発|が|あり|、|市民|が|死亡|した|。
裁判所|は|元|大臣|に|有罪|判決|を|言い渡した|。
コンピューター|ウイルス|が|病院|の|システム|を|停止|させた|。
農家|は|猛暑|に|よる|被害|を|訴えた|。
"""
_ARABIC = """
أعلن الرئيس الأفغاني أن المفاوضات ستبدأ يوم الثلاثاء في كابول.
قتل أحد عشر شخصا في انفجار قرب السفارة الأميركية.
قالت الشرطة إن التحقيق ما زال جاريا في أسباب الحادث.
ارتفعت أسعار النفط بعد إعلان منظمة الدول المصدرة خفض الإنتاج.
دعا الأمين العام للأمم المتحدة إلى وقف إطلاق النار فورا.
وصلت المساعدات الإنسانية إلى المدينة المحاصرة بعد أسابيع.
اِنتَخَبَ البرلمان رئيسا جديدا للحكومة وسط احتجاجات.
أكدت وزارة الصحة تسجيل إصابات جديدة بالفيروس في المدارس.
فاز المنتخب المغربي على نظيره الإسباني في كأس العالم.
تسببت الأمطار الغزيرة في فيضانات أغرقت قرى كثيرة.
حكمت المحكمة على الوزير السابق بالسجن خمس سنوات.
يعاني اللاجئون من نقص الغذاء والدواء في المخيمات.
شارك آلاف الطلاب في مظاهرة أمام مبنى الجامعة.
أوقفت الشركة رحلاتها الجويّة بسبب العاصفة الرملية.
"""
_PERSIAN = """
رئیس‌جمهور ایران روز سه‌شنبه با وزیر خارجه دیدار کرد.
در انفجار نزدیک دانشگاه کابل یازده تن کشته شدند.
پلیس می‌گوید تحقیق درباره‌ی این حادثه ادامه دارد.
قیمت نفت پس از تصمیم اوپک افزایش یافت.
سازمان ملل خواستار آتش‌بس فوری شد.
کمک‌های بشردوستانه به مناطق زلزله‌زده رسید.
مجلس نمایندگان قانون جدید مالیات را تصویب کرد.
وزارت صحت از شیوع دوباره‌ی ویروس خبر می‌دهد.
تیم ملی فوتبال کشور به جام جهانی راه یافت.
باران‌های شدید باعث جاری شدن سیل در شمال شد.
دادگاه وزیر پیشین را به پنج سال زندان محکوم کرد.
پناهجویان از کمبود غذا و دارو شکایت می‌کنند.
هزاران دانشجو در برابر ساختمان وزارت تجمع کردند.
کشاورزان نگران خشکسالی و کاهش محصول گندم هستند.
"""
_PASHTO = """
د افغانستان ولسمشر د سې‌شنبې په ورځ له پلاوي سره وکتل.
په کابل کې د یوې چاودنې له امله یوولس تنه ووژل شول.
پولیس وايي چې د پېښې په اړه پلټنې روانې دي.
د تېلو بیې د اوپک له پرېکړې وروسته لوړې شوې.
ملګرو ملتونو د سمدستي اوربند غوښتنه وکړه.
بشري مرستې زلزله ځپلو سیمو ته ورسېدې.
ولسي جرګې د مالیاتو نوی قانون تصویب کړ.
د روغتیا وزارت د ویروس د بیا خپرېدو خبر ورکړ.
د هېواد د فوټبال لوبډلې سیالي وګټله.
سختو بارانونو په شمال کې سېلابونه راوستل.
محکمې پخوانی وزیر په پنځو کلونو بند محکوم کړ.
کډوال د خوړو او درملو له کمښت څخه شکایت کوي.
زرګونو زده کوونکو د پوهنتون مخې ته مظاهره وکړه.
بزګران د وچکالۍ له امله د غنمو حاصل ته اندېښمن دي.
"""
_HINDI = """
प्रधानमंत्री ने मंगलवार को संसद में नए क़ानून की घोषणा की।
दिल्ली में भारी बारिश से सड़कों पर पानी भर गया।
पुलिस ने कहा कि घटना की जाँच जारी है।
तेल की क़ीमतें बढ़ने से महँगाई का ख़तरा बढ़ गया।
संयुक्त राष्ट्र ने तुरंत युद्धविराम की माँग की।
भूकंप प्रभावित इलाक़ों में राहत सामग्री पहुँची।
काबुल में हुए विस्फोट में ग्यारह लोग मारे गए।
स्वास्थ्य मंत्रालय ने संक्रमण के नए मामलों की पुष्टि की।
भारतीय टीम ने क्रिकेट विश्व कप का फ़ाइनल जीता।
अदालत ने पूर्व मंत्री को पाँच साल की सज़ा सुनाई।
किसान सूखे से फसल के नुकसान को लेकर चिंतित हैं।
हज़ारों छात्रों ने विश्वविद्यालय के सामने प्रदर्शन किया।
शेयर बाज़ार में गिरावट से निवेशक परेशान हैं।
ज़मीन विवाद में दो गाँवों के बीच झड़प हुई।
"""
_THAI = """
นายกรัฐมนตรี|แถลง|มาตรการ|เศรษฐกิจ|ใหม่|เมื่อ|วันอังคาร
ตำรวจ|จับกุม|ผู้ต้องสงสัย|คดี|ระเบิด|ใน|กรุงเทพ
น้ำท่วม|ภาคใต้|ทำให้|ประชาชน|อพยพ|หลาย|พันคน
ราคา|น้ำมัน|ตลาดโลก|ปรับ|ขึ้น|อีกครั้ง
ศาล|ตัดสิน|จำคุก|อดีต|รัฐมนตรี|ห้าปี|ฐาน|ทุจริต
แผ่นดินไหว|รุนแรง|เกิดขึ้น|ใน|ประเทศ|ตุรกี
กระทรวง|สาธารณสุข|ยืนยัน|ผู้ติดเชื้อ|รายใหม่
นักศึกษา|ชุมนุม|ประท้วง|หน้า|มหาวิทยาลัย
ทีมชาติ|ฟุตบอล|ชนะ|การแข่งขัน|รอบ|สุดท้าย
เกษตรกร|กังวล|ภัยแล้ง|กระทบ|ผลผลิต|ข้าว
หุ้น|ไทย|ปิด|ตลาด|ลดลง|สิบ|จุด
สหประชาชาติ|เรียกร้อง|หยุดยิง|ทันที
ผู้ลี้ภัย|ขาดแคลน|อาหาร|และ|ยารักษาโรค
นักวิทยาศาสตร์|ค้นพบ|ดาวเคราะห์|ดวงใหม่
"""
_GERMAN = """
Der Bundespräsident hat am Dienstag ein neues Gesetz über die Prüfungen unterzeichnet.
Bei einer Explosion in der Nähe der Universität Kabul starben elf Menschen.
Die Polizei teilte mit, die Straße bleibe bis zum Abend gesperrt.
Nach dem Beschluss der Opec stiegen die Preise für Heizöl.
Die Vereinten Nationen forderten eine sofortige Waffenruhe.
Größere Mengen an Hilfsgütern erreichten die überschwemmten Dörfer.
Das Oberlandesgericht verurteilte den früheren Minister zu fünf Jahren Haft.
Bayern München verlor das Rückspiel mit null zu zwei.
Die Behörden in Österreich warnten vor Lawinen.
Bauern fürchten wegen der Dürre um ihre Ernte.
Tausende Schüler demonstrierten für mehr Klimaschutz.
Der Außenminister äußerte sich besorgt über die Lage im Süden.
Die Börse schloss nach schwachen Zahlen im Minus.
Ärzte bekämpfen den Ausbruch mit einem neuen Impfstoff.
"""
_TURKISH = """
Cumhurbaşkanı salı günü İstanbul'da yeni yasayı imzaladı.
Isparta'da meydana gelen patlamada on bir kişi öldü.
Polis, olayın ardından çevredeki yolları kapattı.
Petrol fiyatları üretim kararının ardından yükseldi.
Birleşmiş Milletler derhal ateşkes çağrısı yaptı.
İnsani yardım konvoyu deprem bölgesine ulaştı.
Mahkeme eski bakanı beş yıl hapis cezasına çarptırdı.
Millî takım dünya kupası elemelerinde galip geldi.
Sağlık Bakanlığı ülkede görülen vaka sayısını açıkladı.
Şiddetli yağışlar Iğdır ve çevresinde sele yol açtı.
Çiftçiler kuraklığın ürünleri etkilemesinden kaygılı.
Binlerce öğrenci üniversite önünde gösteri düzenledi.
Borsa güne düşüşle başladı, yatırımcılar endişeli.
İşçiler ücret artışı için iş bıraktı.
"""
_MARKS = re.compile("[\u064b-\u0652\u0670]")

LANGUAGES = (
    Language(name="Chinese", sentences=_CHINESE, spaced=False),
    Language(name="Japanese", sentences=_JAPANESE, spaced=False),
    Language(
        name="Arabic",
        sentences=_ARABIC,
        how="without hamza and vowels, ه for ة, ى for ي",
        typed=lambda word: _MARKS.sub("", word).translate(str.maketrans("أإآؤةي", "اااوهى")),
    ),
    Language(
        name="Persian",
        sentences=_PERSIAN,
        how="with Arabic ي and ك, without half spaces",
        typed=_translated("یک\u200c", "يك\u200d"),
    ),
    Language(name="Pashto", sentences=_PASHTO, how="with Arabic ي and ك, گ for ګ", typed=_translated("یېۍکګ", "يييكگ")),
    Language(
        name="Hindi",
        sentences=_HINDI,
        how="without nukta, ं for ँ and for half nasals",
        typed=lambda word: re.sub(
            "न्(?=[त-न])|म्(?=[प-म])|ण्(?=[ट-ण])",
            "ं",
            word.replace("\u093c", "").replace("ँ", "ं").replace("ज़", "ज").replace("फ़", "फ").replace("ड़", "ड"),
        ),
    ),
    Language(name="Thai", sentences=_THAI, spaced=False),
    Language(
        name="German",
        sentences=_GERMAN,
        how="in capitals, without umlauts",
        typed=lambda word: word.upper().translate(str.maketrans("ÄÖÜ", "AOU")),
    ),
    Language(
        name="Turkish", sentences=_TURKISH, how="on an English keyboard", typed=_translated("çğıİöşüîÇŞ", "cgiIosuiCS")
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well the words of a language are found."""

    n_words: int
    recall: float
    precision: float
    plain_recall: float
    """With the same tokenizer over the text as it stands."""


def measure(language: Language, *, typed: bool = True) -> Quality:
    """Search each word of a language among all its sentences."""
    words, texts = language.words(), language.texts()
    plain = sqlite3.connect(":memory:")
    plain.execute(f'CREATE VIRTUAL TABLE t USING fts5(x, tokenize="{_TOKENIZER}")')
    plain.executemany("INSERT INTO t VALUES (?)", [(text,) for text in texts])
    n_relevant = n_found = n_right = n_plain = 0
    distinct = sorted({word for sentence in words for word in sentence})
    with TemporaryDirectory() as folder:
        db = open_reader(make_archive(Path(folder) / "archive", [{"body": text} for text in texts]))
        for word in distinct:
            query = f'"{language.typed(word) if typed else word}"'
            relevant = {number for number, sentence in enumerate(words, 1) if word in sentence}
            found = set(matching_ids(db, query))
            n_relevant += len(relevant)
            n_found += len(found)
            n_right += len(found & relevant)
            n_plain += len(
                {row[0] for row in plain.execute("SELECT rowid FROM t WHERE t MATCH ?", (query,))} & relevant
            )
        db.close()
    plain.close()
    return Quality(
        n_words=len(distinct),
        recall=n_right / n_relevant,
        precision=n_right / n_found if n_found else 0.0,
        plain_recall=n_plain / n_relevant,
    )


def table() -> str:
    """Give the table of docs/search.md."""
    lines = ["| language | words | typed | recall | precision | recall without folding |", "|---|---|---|---|---|---|"]
    for language in LANGUAGES:
        for typed in (False, True) if language.how != "as written" else (False,):
            quality = measure(language, typed=typed)
            how = language.how if typed else "as written"
            figures = f"{quality.recall:.2f} | {quality.precision:.2f} | {quality.plain_recall:.2f}"
            lines.append(f"| {language.name} | {quality.n_words} | {how} | {figures} |")
    return "\n".join(lines) + "\n"
