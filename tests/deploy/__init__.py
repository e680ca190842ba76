"""Ways to run the daemon that are shipped: the unit, the image, compose, Kubernetes, proxies, upgrades."""
