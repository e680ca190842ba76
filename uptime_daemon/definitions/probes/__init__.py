"""`probes/*.yaml` in three steps: a vendor's file, the kinds of probes in it, the checks of a probe."""
