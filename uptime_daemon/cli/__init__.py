"""Commands: arguments in, tables out. Never logic: what a command does stands at the desk."""
