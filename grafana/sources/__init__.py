"""The dashboards as Python: one file a dashboard, its panels in reading order. `make dashboards` writes the JSON."""
