"""One file a protocol: one attempt at one endpoint -> one raw result that explains itself. `registry` names the kinds.

Never here: retries, cadence, confirmation, metrics, storage, a decision about outages, a clock of its own.
"""
