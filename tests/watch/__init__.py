"""The watch in virtual time: fake endpoints, sentinels and sinks, the watch's own code."""
