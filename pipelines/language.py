"""The language of a text: by its script where that settles it, else by a model; a tag decides only between close kin.

Owns no model at import: it loads with the first text that needs it.
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


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
