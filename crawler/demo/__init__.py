"""The project's own news site on loopback, and the tour that `presskeep demo` gives of it."""
