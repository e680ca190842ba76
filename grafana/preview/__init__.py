"""Pictures of the dashboards as their queries answer, and the answers themselves: previews, not drawn by Grafana."""
