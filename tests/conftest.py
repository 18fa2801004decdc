"""What holds for every test: no deadline on a shared machine, and no way to a name server."""

import os

from hypothesis import settings

settings.register_profile("presskeep", deadline=None)
settings.load_profile("presskeep")
os.environ["PRESSKEEP_HOSTS"] = os.devnull
