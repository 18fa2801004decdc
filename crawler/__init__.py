"""GET: find and fetch pages, politely; the command line starts here."""
