"""Machines that a training can run on, all behind `base.Machines`."""
