"""What happened: observations, runs, timelines, tickets, conditions, maintenance, exclusions. Never what it means."""
