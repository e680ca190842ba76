"""How languages spell, and that every catalogue is whole."""
