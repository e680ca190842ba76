"""Every metric family there is: one file an area, with where its samples come from. A name stands nowhere else."""
