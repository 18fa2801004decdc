"""UNDERSTAND: from the bytes of a page to a verdict on its article."""
