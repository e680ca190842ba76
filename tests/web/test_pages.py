from dataclasses import replace
from html.parser import HTMLParser

from tests.web.boards import HEAD, board
from tests.web.conftest import Listener
from uptime_daemon.desk.showing.board import Board
from uptime_daemon.web.pages import ICON
from uptime_daemon.web.public.page import STYLE, StatusPage


class Tags(HTMLParser):
    """Every tag with its attributes, and whether all that opened was closed in order."""

    VOID = frozenset({"meta", "link", "br", "rect", "path"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it; it closes itself."""
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the last one."""
        assert self.open.pop() == tag


def page(shown: Board) -> str:
    """The public page."""
    return StatusPage(HEAD).text(shown)


def test_the_page_needs_no_script_and_no_inline_style() -> None:
    """Nothing on it is against its own content policy, and every tag is closed."""
    tags = Tags(page(board()))
    assert tags.open == []
    names = {tag for tag, _ in tags.seen}
    assert not names & {"script", "style", "iframe", "form"}
    attributes = {name for _, attrs in tags.seen for name in attrs}
    assert "style" not in attributes
    assert not any(name.startswith("on") for name in attributes)


def test_public_page_holds_no_contract() -> None:
    """It shows groups and states; no agreement, no amount, no target address, no vantage, no way to report."""
    public = page(board())
    for secret in (
        "acme",
        "99.757",
        "25.02",
        "EUR",
        "voice.example",
        "sip.dial",
        "prague-1",
        "breach",
        "/api/v1",
        "/report",
    ):
        assert secret not in public, secret
    for shown in ("Inbound call handling", "down since", "sip-tls"):
        assert shown in public


def test_demonstration_is_said() -> None:
    """A demonstration says so in capitals, a real daemon does not."""
    assert "DEMONSTRATION" in page(board(demonstration=True))
    assert "DEMONSTRATION" not in page(board())


def test_names_cannot_become_markup() -> None:
    """A title from a file is text, whatever it holds."""
    shown = board()
    first, *rest = shown.groups
    odd = page(replace(shown, groups=(replace(first, title="<script>alert(1)</script>"), *rest)))
    assert "<script>" not in odd
    assert "&lt;script&gt;" in odd


def test_an_empty_board_has_a_page() -> None:
    """A daemon that watches nothing yet says so."""
    full = board()
    assert "Nothing is watched yet" in page(Board(at=full.at, build=full.build, vantage=full.vantage))


async def test_public_listener_has_the_page_alone(outside: Listener) -> None:
    """On the public listener there are the page and its style; everything internal is not found."""
    response, page = await outside.get("/")
    assert (response.status, response.content_type) == (200, "text/html")
    assert response.headers["Cache-Control"] == "public, max-age=10"
    for asset in (STYLE, ICON):
        assert asset.path in page
        kept, _ = await outside.get(asset.path)
        assert (kept.status, kept.content_type) == (200, asset.media_type)
        assert "immutable" in kept.headers["Cache-Control"]
    head, body = await outside.ask("HEAD", "/")
    assert (head.status, body) == (200, "")
    for path in ("/metrics", "/api/v1/claims", "/-/ready", "/-/reload", "/static/style.css"):
        assert (await outside.get(path))[0].status == 404
