"""A bundle as one file: a ZIP archive that is the same bytes for the same content, opened with suspicion.

What comes from outside is read within bounds: names are plain, sizes are what the archive says and small enough,
nothing is there twice. A bundle never writes a file anywhere.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILES_MAX: Final = 64
"""More than a bundle ever has: a dozen kinds of files."""
FILE_BYTES_MAX: Final = 256 * 1024 * 1024
"""The largest file: a year of runs of a large agreement is some ten million bytes."""
TOTAL_BYTES_MAX: Final = 512 * 1024 * 1024
PACKED_WITH: Final = f"zlib {zlib.ZLIB_RUNTIME_VERSION}"
"""Another version may pack the same content into other bytes."""
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The first date that the format knows: the same for all, or two packings of one content would differ."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """One file of a bundle."""

    name: str
    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the content, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


class BundleError(Exception):
    """It is no bundle; the message says why."""


def packed(files: Iterable[File]) -> bytes:
    """The archive of some files, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.content)
    return out.getvalue()


def unpacked(content: bytes) -> Mapping[str, bytes]:
    """The files of an archive by name. Raises `BundleError`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read(archive)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        RuntimeError,
        ValueError,
        OSError,
    ) as error:
        raise BundleError(f"it is no readable ZIP archive: {error}") from error


def _read(archive: zipfile.ZipFile) -> Mapping[str, bytes]:
    entries = archive.infolist()
    if len(entries) > FILES_MAX:
        raise BundleError(f"it has {len(entries)} files, and a bundle has at most {FILES_MAX}")
    files: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        if not _NAME.fullmatch(entry.filename):
            raise BundleError(f"{entry.filename!r} is no plain file name")
        if entry.filename in files:
            raise BundleError(f"{entry.filename} is in it twice")
        total += entry.file_size
        if entry.file_size > FILE_BYTES_MAX or total > TOTAL_BYTES_MAX:
            raise BundleError(f"{entry.filename} unpacks to more than a bundle holds")
        files[entry.filename] = _bounded(archive, entry)
    return files


def _bounded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The content, never more of it than the archive's list says."""
    parts: list[bytes] = []
    left = entry.file_size
    with archive.open(entry) as stream:
        while chunk := stream.read(min(_CHUNK, left + 1)):
            left -= len(chunk)
            if left < 0:
                raise BundleError(f"{entry.filename} is larger than the archive's list says")
            parts.append(chunk)
    if left:
        raise BundleError(f"{entry.filename} is shorter than the archive's list says")
    return b"".join(parts)
