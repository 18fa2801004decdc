"""The language of a text: by its script or little words where these settle it, else by a model; a tag decides between close kin.

Owns no model at import: it loads with the first text that needs it, which takes longer than to read a page.
"""

import re
from functools import cache
from typing import Any

_SAMPLE = 2_000  # the model gains nothing from more, and reads each byte
_LETTER = re.compile(r"[^\W\d_]")
_FAR_SCRIPT = re.compile("[^\u0000-\u036f\u0400-\u052f\u0600-\u06ff]")  # neither Latin, Cyrillic nor Arabic
_ENOUGH = 60
_SURE = 0.9
_SCRIPTS = (
    (re.compile("[\u3040-\u30ff]"), "ja", 0.1),
    (re.compile("[\uac00-\ud7af]"), "ko", 0.3),
    (re.compile("[\u4e00-\u9fff]"), "zh", 0.3),
    (re.compile("[\u0e00-\u0e7f]"), "th", 0.3),
    (re.compile("[\u0370-\u03ff]"), "el", 0.3),
    (re.compile("[\u0530-\u058f]"), "hy", 0.3),
    (re.compile("[\u10a0-\u10ff]"), "ka", 0.3),
    (re.compile("[\u0590-\u05ff]"), "he", 0.3),
    (re.compile("[\u0b80-\u0bff]"), "ta", 0.3),
    (re.compile("[\u0c00-\u0c7f]"), "te", 0.3),
    (re.compile("[\u0c80-\u0cff]"), "kn", 0.3),
    (re.compile("[\u0d00-\u0d7f]"), "ml", 0.3),
    (re.compile("[\u0d80-\u0dff]"), "si", 0.3),
    (re.compile("[\u0a80-\u0aff]"), "gu", 0.3),
    (re.compile("[\u0a00-\u0a7f]"), "pa", 0.3),
    (re.compile("[\u0b00-\u0b7f]"), "or", 0.3),
    (re.compile("[\u1780-\u17ff]"), "km", 0.3),
    (re.compile("[\u0e80-\u0eff]"), "lo", 0.3),
    (re.compile("[\u1000-\u109f]"), "my", 0.3),
)
_WORD = re.compile(r"[^\W\d_]+")
_LITTLE_WORDS = {
    language: frozenset(words.split())
    for language, words in (
        ("cs", "se že je na pro jsou ale podle jako jeho by když které který také bylo byl však nebo před"),
        ("de", "der die und das nicht ist ein eine von mit den dem auch sich auf wird für sind werden wurde im zu"),
        ("en", "the and of that with was for is are have has this from by they not his will which been to it as"),
        ("es", "el los las una por con del más pero como este fue sus también ha sobre desde muy entre la que se lo"),
        ("fr", "les des est dans une pour pas sur qui par plus avec été cette sont ont aux mais leur nous le la du et"),
        (
            "id",
            "yang dan di untuk dengan dari ini tidak pada itu dalam akan juga kepada oleh ada tersebut sebagai mereka",
        ),
        ("it", "il che di della per non sono nel alla gli dei anche più delle ha con una del questo dal è si"),
        ("nl", "het een van niet zijn dat voor op met aan ook wordt naar heeft hij maar bij nog deze werd"),
        ("pl", "nie się na jest że do przez jak są dla jego tym także tego został po od ich było roku w z"),
        ("pt", "não uma com mais os foi são ao pela também já seu sua mas pelo das dos você do em da um"),
        ("ru", "что это как его для по из после они было также от которые который года если или все том в и с на не"),
        ("sv", "och att det som inte är för av på har till den ett med om han från kan också efter"),
        ("tr", "ve bir bu için olarak olan çok daha sonra gibi kadar ise olduğu ancak oldu göre her değil ki ne"),
        ("uk", "що це як його для після вони був було також від які який року або та про при є й у з до"),
        ("vi", "và của là được cho không người trong có những với các đã này khi một ra tại về từ"),
    )
}
"""Of the languages that most news is in."""
_LEAST_WORDS = 40
_LEAST_SHARE = 0.15
_KIN = (
    {"no", "nb", "nn", "da"},
    {"hr", "sr", "bs", "sl"},
    {"id", "ms", "jv"},
    {"cs", "sk"},
    {"ru", "uk", "be", "bg", "mk"},
    {"es", "gl", "ca", "an", "pt"},
    {"hi", "mr", "ne"},
    {"fa", "ar", "ur", "ps", "ku", "ug"},
    {"zu", "xh", "st", "tn", "ts", "ve", "ss", "nr", "nso", "sw", "rw", "ny", "sn"},
    {"af", "nl", "lb", "de"},
    {"kk", "ky", "tt", "mn"},
    {"tr", "az", "uz", "tk"},
)


def language_of(body: str, stated: str | None) -> tuple[str, str, float] | None:
    """Give (language, origin, confidence) of a body, ISO 639-1 where there is one; `stated` is the page's own claim."""
    sample = body[:_SAMPLE]
    letters = len(_LETTER.findall(sample))
    if not letters:
        return (stated, "tag", 0.4) if stated else None
    if len(_FAR_SCRIPT.findall(sample)) > 0.1 * letters:
        for script, code, share in _SCRIPTS:
            if len(script.findall(sample)) > share * letters:
                return code, "text", 0.99
    if letters < _ENOUGH:
        return (stated, "tag", 0.6) if stated else None
    if stated and _has_little_words_of(stated, sample):
        return stated, "text", 0.99
    code, sureness = _model().classify(sample)
    if code is None:
        return (stated, "tag", 0.5) if stated else None
    if (
        stated
        and stated != code
        and (sureness < _SURE or any({stated, code} <= kin for kin in _KIN) or letters < 4 * _ENOUGH)
    ):
        return stated, "tag", 0.6
    if stated == code:
        return code, "text", 0.99
    return (code, "text", round(float(sureness), 2)) if sureness >= 0.6 else None


def _has_little_words_of(language: str, sample: str) -> bool:
    """Say whether a language's little words make up much of a text, and no other's half as much.

    It takes the page's word for it: Danish has much of Swedish, and Bulgarian of Russian.
    """
    words = _WORD.findall(sample.lower())
    if len(words) < _LEAST_WORDS or language not in _LITTLE_WORDS:
        return False
    counts = {name: sum(map(known.__contains__, words)) for name, known in _LITTLE_WORDS.items()}
    most = max(count for name, count in counts.items() if name != language)
    return counts[language] >= max(_LEAST_SHARE * len(words), 2 * most)


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
