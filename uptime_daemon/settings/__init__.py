"""`uptime.yaml` with its probes and contracts -> frozen settings; all mistakes of all files at once.

`values` is what the rest of the program sees, `keys` the keys of the file, `reading` joins the files. What never lives
here: the keys of probes and contracts, which `definitions` knows.
"""
