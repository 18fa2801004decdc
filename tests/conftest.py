"""What holds for every test: no deadline on a shared machine, no way to a name server, and output buffered as users have it."""

import os

from hypothesis import settings

settings.register_profile("presskeep", deadline=None)
settings.load_profile("presskeep")
os.environ["PRESSKEEP_HOSTS"] = os.devnull
os.environ.pop("PYTHONUNBUFFERED", None)
