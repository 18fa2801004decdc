"""What the crawling process gives back to the system.

Owns the settings of the C library's allocator. glibc keeps freed blocks of up to 32 MB for itself: after a few large
pages at once a run would hold their memory to its end.
"""

import ctypes
import gc

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""From malloc.h."""
LARGE = 256 * 1024


def give_back_large_blocks() -> None:
    """Let every block above LARGE be a mapping of its own, which is gone when it is freed; nothing where there is no glibc."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_MMAP_THRESHOLD, LARGE)
    mallopt(M_TRIM_THRESHOLD, LARGE)


def leave_alone_what_is_there() -> None:
    """Keep the garbage collector from what was imported until now: each of its full rounds would hold up the reactor for 50 ms."""
    gc.collect()
    gc.freeze()
