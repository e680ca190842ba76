"""Webhooks of ticket systems: let in by their signature, read by a mapping that is data, recorded once."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from tests.desk.acme import CONFIGURATION, CONTRACTS, PROBES
from tests.web.listening import Keys
from tests.web.test_facts import Asking, asking
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.definitions.hooks import MAPPING_KEYS
from uptime_daemon.definitions.problems import MistakesError
from uptime_daemon.settings.reading import load
from uptime_daemon.settings.values import Hook

EXAMPLES: Final = Path(__file__).parents[1] / "data" / "hooks"
NAMES: Final = ("jira", "zammad", "freshdesk")


def example(name: str) -> Any:
    """A hook with deliveries, as its file tells them."""
    return YAML(typ="safe").load((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Hook, ...]:
    """The hooks of all examples, read from one configuration."""
    return load(configuration(tmp_path_factory.mktemp("hooks"), [example(name)["hook"] for name in NAMES]), {}).hooks


def configuration(folder: Path, hooks: list[Any]) -> Path:
    """A whole configuration with hooks; JSON is YAML."""
    (folder / "probes").mkdir()
    (folder / "probes" / "stand-in.yaml").write_text(PROBES, encoding="utf-8")
    text = CONFIGURATION.format(contracts=CONTRACTS) + f"hooks: {json.dumps(hooks)}\n"
    (folder / "uptime.yaml").write_text(text, encoding="utf-8")
    return folder / "uptime.yaml"


def signed(hook: Any, body: bytes, number: int) -> dict[str, str]:
    """The headers with which the system proves and numbers a delivery."""
    terms = hook["signature"]
    if terms["proof"] == "secret":
        proof = hook["secret"]
    else:
        proof = hmac.new(hook["secret"].encode(), body, getattr(hashlib, terms["proof"])).hexdigest()
    headers = {"Content-Type": "application/json", terms["header"]: terms["prefix"] + proof}
    return headers | ({hook["delivery"]: f"delivery-{number}"} if "delivery" in hook else {})


async def deliver(api: Asking, name: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    """Status and answer."""
    async with api.client.post(f"{api.address}/api/v1/hooks/{name}", data=body, headers=headers) as response:
        return response.status, await response.json()


@pytest.mark.parametrize("name", NAMES)
async def test_deliveries_become_events(tmp_path: Path, hooks: tuple[Hook, ...], name: str) -> None:
    """Each delivery becomes the event that its mapping names, or nothing; delivered again it changes nothing.

    The listener wants users; a hook needs none, its signature is enough.
    """
    told = example(name)
    async with asking(tmp_path, Keys(), hooks) as api:
        kinds = []
        for number, each in enumerate(told["deliveries"]):
            body = json.dumps(each["body"]).encode()
            headers = signed(told["hook"], body, number)
            status, answer = await deliver(api, name, body, headers)
            assert status == (201 if each["becomes"] else 200), answer
            if each["becomes"]:
                kinds.append(each["becomes"])
                assert answer["fact"]["body"]["kind"] == each["becomes"]
                assert answer["fact"]["by"] == f"hook {name}"
                if "delivery" in told["hook"]:
                    assert (await deliver(api, name, body, headers))[1] == {"ignored": "it was delivered before"}
        facts = api.store.facts()
        assert [fact.body["kind"] for fact in facts] == kinds
        if "times" in told:
            assert [format_instant(fact.at) for fact in facts] == told["times"]
        assert {fact.body["group"] for fact in facts} == {"service"}
        kept = api.store.evidence(facts[0].evidence or "")
        assert kept is not None
        assert json.loads(kept.content) == told["deliveries"][0]["body"]


async def test_what_is_not_signed_is_refused(tmp_path: Path, hooks: tuple[Hook, ...]) -> None:
    """A wrong or missing signature, a changed body and an unknown hook look alike, and nothing is recorded."""
    told = example("jira")
    body = json.dumps(told["deliveries"][0]["body"]).encode()
    headers = signed(told["hook"], body, 1)
    wrong = headers | {"X-Hub-Signature": "sha256=" + "0" * 64}
    bare = {key: value for key, value in headers.items() if key != "X-Hub-Signature"}
    async with asking(tmp_path, None, hooks) as api:
        answers = [
            await deliver(api, "jira", body, wrong),
            await deliver(api, "jira", body, bare),
            await deliver(api, "jira", body + b" ", headers),
            await deliver(api, "zammad", body, headers),
            await deliver(api, "nobody", body, headers),
        ]
        assert {status for status, _ in answers} == {401}
        assert len({json.dumps(answer) for _, answer in answers}) == 1
        assert api.store.facts() == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"timestamp": 4_000_000_000_000}, "has not come yet; set the sender's clock"),
        ({"timestamp": "now"}, "timestamp holds no time in the form milliseconds"),
        ({"issue": {"fields": {}}}, "issue.key names no ticket"),
        (
            {"webhookEvent": "jira:issue_updated", "issue": {"key": "SUP-9", "fields": {"status": {"name": "Done"}}}},
            "there is no ticket 'SUP-9'; open it first",
        ),
    ],
)
async def test_deliveries_that_cannot_be(
    tmp_path: Path, hooks: tuple[Hook, ...], change: dict[str, Any], message: str
) -> None:
    """A signed delivery with a time to come, without a ticket or out of order is refused with the reason."""
    told = example("jira")
    body = json.dumps(told["deliveries"][0]["body"] | change).encode()
    async with asking(tmp_path, None, hooks) as api:
        status, answer = await deliver(api, "jira", body, signed(told["hook"], body, 1))
        assert status == 400
        assert message in answer["error"]["message"]
        broken = b"{"
        status, answer = await deliver(api, "jira", broken, signed(told["hook"], broken, 2))
        assert (status, "is no JSON" in answer["error"]["message"]) == (400, True)
        assert api.store.facts() == []


MISTAKES: Final[tuple[tuple[dict[str, Any], str], ...]] = (
    ({"agreement": "nobody"}, "agreement: there is no agreement 'nobody'"),
    ({"name": "jira"}, "name: 'jira' is taken"),
)
MISREAD: Final[tuple[tuple[dict[str, Any], str], ...]] = (
    ({"events": []}, "events"),
    ({"events": [{"path": "a..b", "kinds": {"x": "opened"}}]}, "events[0].path"),
    ({"events": [{"path": "a", "kinds": {"x": "melted"}}]}, "events[0].kinds.x"),
    ({"signature": {"header": "X-A", "proof": "md5"}}, "signature.proof"),
    ({"channel": "pigeon"}, "channel"),
    ({"secret": ""}, "secret"),
)


@pytest.mark.parametrize("rows", [MISTAKES, MISREAD])
def test_mistakes_in_a_mapping(tmp_path: Path, rows: tuple[tuple[dict[str, Any], str], ...]) -> None:
    """What is wrong in each hook is named by its place, all at once; the secret is never printed."""
    written = [example("jira")["hook"], *(example("jira")["hook"] | {"name": "other"} | change for change, _ in rows)]
    with pytest.raises(MistakesError) as mistakes:
        load(configuration(tmp_path, written), {})
    for index, (_, message) in enumerate(rows, start=1):
        assert f"hooks[{index}].{message}" in str(mistakes.value)
    assert "it is a secret" not in str(mistakes.value)


def test_the_documented_mapping(tmp_path: Path) -> None:
    """The example in `docs/facts.md` is one that is read, and names every key."""
    page = (Path(__file__).parents[2] / "docs" / "facts.md").read_text(encoding="utf-8")
    (written,) = YAML(typ="safe").load(page.partition("```yaml\n")[2].partition("```")[0])["hooks"]
    assert set(written) == {"name", "agreement", "secret", *MAPPING_KEYS}
    (hook,) = load(configuration(tmp_path, [written | {"agreement": "acme", "secret": "s"}]), {}).hooks
    assert hook.mapping.ticket == "issue.key"
