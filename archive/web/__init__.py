"""The web archive: a Datasette plugin with pages for searching, reading and judging what an archive holds.

Owns routes, pages and what a browser may do with them. Questions are asked in archive/; here they are only shown. No page
needs a script, none loads anything from elsewhere, and nothing here writes.
"""
