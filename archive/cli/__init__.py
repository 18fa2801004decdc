"""The command line of the archive: one thin command for each question; `crawler.cli` mounts them."""
