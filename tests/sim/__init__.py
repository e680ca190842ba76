"""The daemon's own code in a world of virtual time: fakes for whatever is outside, no sockets, no threads, no files."""
