"""KEEP AND ASK: the archive of articles, revisions and captures; usable with no crawler at all.

Owns the tables, the WARC files and every question asked of them. Imports neither scrapy nor twisted,
and nothing of `pipelines` or `crawler`.
"""

__version__ = "0.1.0"
