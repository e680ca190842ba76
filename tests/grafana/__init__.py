"""Tests of the dashboards: their form, and every query on a real Prometheus that scrapes the real listener."""
