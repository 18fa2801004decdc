"""What an earlier reading must be compared by, where other versions, rules or another template made it.

Owns when that takes the page itself, and when the kept reading will do. Writes nothing.
"""

from dataclasses import replace

from archive.articles import Payload, Previous
from archive.kept import kept_article
from archive.parts import find_payloads
from archive.records import Article, Extractor
from archive.store import Store


def stale_reading(store: Store, previous: Previous, current: Extractor) -> tuple[Payload, ...] | Article | None:
    """Give where a revision's pages lie, which must be read again before it is compared with a reading by `current`.

    Where only the template is another one, the kept reading itself: no page is needed to cut more from it. None where the
    reading can be compared as it is, or its capture is no longer there: then no edit is claimed.
    """
    if previous.extractor == current:
        return None
    if replace(previous.extractor, template=current.template) == current:
        assert store.db.conn is not None
        return kept_article(store.db.conn, previous.article_id, previous.number).article
    return find_payloads(store, previous.revision_id) or None
