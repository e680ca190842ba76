"""What Grafana and Prometheus load: provisioning, dashboards and rules. `grafana.sources` writes the dashboards."""
