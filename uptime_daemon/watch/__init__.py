"""Who is tried when, and whether we could see: schedule, confirmation, sentinels, clock steps, a late loop.

Never here: sockets and protocols, storage, metrics, logging; it learns of the world through its ports.
"""
