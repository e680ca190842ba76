"""Bundles: what is in them, that every changed byte is found, and that nothing from outside does harm."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.letters.cases import steps_statement
from uptime_daemon.evidence import packing
from uptime_daemon.evidence.bundle import (
    ARCHIVE,
    CASE,
    MANIFEST,
    OUTAGES,
    SEALS,
    SIGNATURE,
    STATEMENTS,
    Proof,
    bundle,
    opened,
)
from uptime_daemon.evidence.packing import FILES_MAX, PACKED_WITH, BundleError, File, packed, unpacked
from uptime_daemon.evidence.signing import KeyTextError, is_signed, new_key_text, signing_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.evidence.bundle import Part
    from uptime_daemon.evidence.signing import SigningKey

KEY = signing_key("11" * 32)
OTHER = signing_key("22" * 32)
PROOF = Proof(
    claim="acme.2026-06.service.final",
    case={"case": 1, "facts": {"states": []}},
    statements={"case": 1, "statements": [{"availability": "99.84"}]},
    statement=steps_statement(),
    classes={},
    attempts=[{"probe": "vendor/web", "seconds": "0.5"}],
    copies=(File("notice-1.json", "application/json", b"{}"),),
    definitions=[{"name": "contracts/x.yaml", "sha256": "ab" * 32, "at": "2026-01-01T00:00:00Z"}],
    versions={"uptime-daemon": "0.1.0"},
    left_out=("the texts of answers",),
)


HOLLOW = b'{"product": "uptime-daemon", "bundle": 1, "claim": "", "versions": {}'


def archive(key: SigningKey | None = KEY) -> bytes:
    """The bundle as one file."""
    return next(file.content for file in bundle(PROOF, key) if file.name == ARCHIVE)


def changed(files: Mapping[str, bytes]) -> bytes:
    """An archive of other files."""
    return packed(File(name, "", content) for name, content in files.items())


def wrong(content: bytes) -> list[Part]:
    """The parts that do not agree."""
    return [part for part in opened(content).parts if not part.agrees]


def test_what_is_in_it() -> None:
    """Case and outages stand beside the archive too; the manifest names every file with size and digest."""
    case, outages, whole = bundle(PROOF, KEY)
    assert (case.name, outages.name, whole.name) == (CASE, OUTAGES, ARCHIVE)
    files = unpacked(whole.content)
    assert list(files) == [
        MANIFEST, SIGNATURE, CASE, STATEMENTS, OUTAGES, "attempts.json", "observations.json", "notices.json",
        "definitions.json", SEALS, "left-out.txt", "notice-1.json",
    ]  # fmt: skip
    assert files[CASE] == case.content
    manifest = json.loads(files[MANIFEST])
    assert (manifest["bundle"], manifest["claim"], manifest["public_key"]) == (1, PROOF.claim, KEY.public)
    for entry in manifest["files"]:
        content = files[entry["name"]]
        assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_the_same_content_is_the_same_bytes() -> None:
    """A digest of the archive means its content, whenever and wherever it was packed."""
    assert archive() == archive()


def test_a_whole_bundle_agrees() -> None:
    """Every part agrees, signed or not; nobody's signature is said to be nobody's."""
    assert wrong(archive()) == []
    unsigned = opened(archive(None))
    assert all(part.agrees for part in unsigned.parts)
    assert unsigned.parts[1].words == "nobody signed it"


@pytest.mark.parametrize("name", sorted(set(unpacked(archive())) - {MANIFEST, SIGNATURE}))
def test_a_changed_byte_is_found(name: str) -> None:
    """Each file is held against its digest."""
    files = dict(unpacked(archive()))
    files[name] = files[name][:-1] + b"X"
    assert [part.name for part in wrong(changed(files))] == [name]


def test_every_byte_of_the_archive_counts() -> None:
    """Whichever one is changed, inside the files or around them, the bundle is refused or does not agree."""
    whole = archive()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        try:
            found = wrong(bytes(damaged))
        except BundleError:
            continue
        assert found, place


def test_another_packing_is_told_from_another_content() -> None:
    """Bytes around the files are held where the same library packed them; elsewhere the files alone."""
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as made:
        for name, content in unpacked(archive(None)).items():
            made.writestr(name, content)
    (part,) = wrong(stored.getvalue())
    assert (part.name, part.words) == (ARCHIVE, "was not packed like this: bytes around the files were changed")
    files = dict(unpacked(archive(None)))
    files[MANIFEST] = files[MANIFEST].replace(PACKED_WITH.encode(), b"zlib-ng 9.9")
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    assert wrong(stored.getvalue()) == []
    assert "held file by file alone" in opened(stored.getvalue()).parts[0].words


def test_a_changed_manifest_is_found() -> None:
    """Whoever changes a file and its digest cannot sign the manifest anew."""
    files = dict(unpacked(archive()))
    files[CASE] += b" "
    manifest = json.loads(files[MANIFEST])
    manifest["files"][0] |= {"bytes": len(files[CASE]), "sha256": hashlib.sha256(files[CASE]).hexdigest()}
    files[MANIFEST] = json.dumps(manifest).encode()
    assert [part.name for part in wrong(changed(files))] == [SIGNATURE]


def test_files_that_came_or_went_are_found() -> None:
    """A file that the manifest does not name, and a name without a file."""
    files = dict(unpacked(archive()))
    del files[OUTAGES]
    files["more.txt"] = b"trust me"
    assert {part.name for part in wrong(changed(files))} == {OUTAGES, "more.txt"}


def test_a_removed_signature_is_found() -> None:
    """A manifest that names a key has its signature; one that names none has none."""
    files = dict(unpacked(archive()))
    del files[SIGNATURE]
    assert [part.name for part in wrong(changed(files))] == [SIGNATURE]
    unsigned = dict(unpacked(archive(None)))
    unsigned[SIGNATURE] = b"00" * 64
    assert [part.name for part in wrong(changed(unsigned))] == [SIGNATURE]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no readable ZIP"),
        (b"PK\x03\x04 and nothing more", "no readable ZIP"),
        (changed({"x.txt": b""}), f"it has no {MANIFEST}"),
        (changed({MANIFEST: b"{"}), "is no JSON"),
        (changed({MANIFEST: b'{"product": "another"}'}), "is not one of uptime-daemon's"),
        (changed({MANIFEST: b'{"product": "uptime-daemon", "bundle": 2}'}), "its format is 2; this version reads 1"),
        (changed({MANIFEST: b'{"product": "uptime-daemon", "bundle": 1}'}), "is damaged: claim, versions, files"),
        (changed({MANIFEST: HOLLOW + b', "files": [7]}'}), "is damaged: files"),
        (changed({"../../etc/passwd": b"x"}), "is no plain file name"),
        (changed({"/etc/passwd": b"x"}), "is no plain file name"),
        (changed({f"{number}.txt": b"" for number in range(FILES_MAX + 1)}), f"at most {FILES_MAX}"),
    ],
)  # fmt: skip
def test_what_is_no_bundle_is_refused(content: bytes, message: str) -> None:
    """A message says why; nothing is written anywhere."""
    with pytest.raises(BundleError, match=message):
        opened(content)


def test_one_name_twice_is_refused() -> None:
    """Two readers could see two different files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            made.writestr("a.txt", b"2")
    with pytest.raises(BundleError, match=r"a\.txt is in it twice"):
        unpacked(out.getvalue())


def test_bombs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than a bundle holds is not unpacked; neither is what lies about its size."""
    monkeypatch.setattr(packing, "FILE_BYTES_MAX", 1_000_000)
    with pytest.raises(BundleError, match="unpacks to more than a bundle holds"):
        unpacked(changed({"zeros.bin": bytes(1_000_001)}))
    honest = changed({"zeros.bin": bytes(500_000)})
    lying = honest.replace((500_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    with pytest.raises(BundleError, match=r"no readable ZIP archive|larger than the archive's list says"):
        unpacked(lying)


def test_keys() -> None:
    """A key signs, another one's signature is none, a text that is no key is refused without being shown."""
    signature = KEY.signature(b"content")
    assert is_signed(b"content", signature, KEY.public)
    assert not is_signed(b"content", signature, OTHER.public)
    assert not is_signed(b"contents", signature, KEY.public)
    assert not is_signed(b"content", "zz", "not a key")
    assert len(new_key_text(lambda size: b"\x07" * size)) == 64
    assert "11" * 16 not in repr(KEY)
    with pytest.raises(KeyTextError, match="is no signing key") as refused:
        signing_key("hunter2")
    assert "hunter2" not in str(refused.value)
