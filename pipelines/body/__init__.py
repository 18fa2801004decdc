"""The body of a page: several extractors mark which of its blocks they would keep, and a trained judge decides."""
