"""The probers against real local servers in real time; no fakes but the resolver."""
