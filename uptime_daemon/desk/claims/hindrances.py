"""What keeps a letter from leaving, in words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uptime_daemon.core.terms.claim import Channel
from uptime_daemon.delivery.address import AddressError, mail_address
from uptime_daemon.desk.claims.lines import claimed_elsewhere
from uptime_daemon.letters.claim import not_provable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.desk.claims.house import House
    from uptime_daemon.desk.claims.record import ClaimRecord


def hindrances(statement: Statement, agreement: Agreement, us: House) -> Iterator[str]:
    """What must be put right before a letter can leave."""
    terms = statement.judgement.terms.claim
    if unproven := not_provable(statement):
        yield unproven
    for suspicion in statement.judgement.doubted:
        yield suspicion.told
    if terms.channel is not Channel.MAIL:
        return
    if us.sender is None:
        yield "no mail is configured; add `mail:` with the relay to uptime.yaml"
    if terms.address is None:
        yield (
            f"agreements[{agreement.id}].parameters.claims_address: missing, and claims go there by mail"
            f" ({terms.clause}); write claims_address: NAME@VENDOR under `parameters:` of the agreement in uptime.yaml"
        )
        return
    try:
        mail_address(terms.address)
    except AddressError as error:
        yield f"agreements[{agreement.id}].parameters.claims_address: {error}"


def hindrances_of_claim(
    record: ClaimRecord, statement: Statement, agreement: Agreement, us: House, every: Iterable[ClaimRecord]
) -> Iterator[str]:
    """The same for a claim on record among every claim: what another one has taken is not claimed again."""
    yield from hindrances(statement, agreement, us)
    yield from claimed_elsewhere(record, statement, every)
