"""An S3 on loopback for tests: moto's server in a process of its own, and what s3fs must be told to find it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commands import environment

_PUT = """
import sys, s3fs
fs = s3fs.S3FileSystem()
fs.mkdir(sys.argv[2])
fs.put(sys.argv[1] + "/", sys.argv[2] + "/24/", recursive=True)
"""


@contextmanager
def s3_server() -> Iterator[str]:
    """Serve S3 and give its address."""
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stderr is not None
    try:
        address = None
        while address is None:
            line = server.stderr.readline()
            assert line, "moto's server ended"
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                address = found[0]
        yield address
    finally:
        server.terminate()
        server.wait(10)
        server.stderr.close()


def s3_settings(address: str) -> dict[str, Any]:
    """What a command's environment says of it."""
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def put_into(bucket: str, folder: Path, address: str) -> str:
    """Put a folder's files into a new bucket, and give their place."""
    subprocess.run(
        [sys.executable, "-c", _PUT, str(folder), bucket],
        env=environment(**s3_settings(address)),
        check=True,
        timeout=120,
    )
    return f"s3://{bucket}/24/"
