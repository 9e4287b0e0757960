"""tiny_disk: a file system of a chosen size, that a test may fill."""
import contextlib
import ctypes
import os

from harness import Skip


@contextlib.contextmanager
def tiny_disk(folder, size):
    if os.geteuid() != 0:
        raise Skip("only root can mount a small file system")
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={size}".encode()) != 0:
        raise Skip("no file system may be mounted here: " + os.strerror(ctypes.get_errno()))
    try:
        yield folder
    finally:
        libc.umount2(os.fsencode(folder), 2)


@contextlib.contextmanager
def filled(folder):
    """To the last byte, by one file."""
    place = folder / "filled"
    with open(place, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    try:
        yield
    finally:
        place.unlink()
