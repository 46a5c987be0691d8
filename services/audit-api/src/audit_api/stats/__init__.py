"""Totals over the audits in force, and what the service has to do."""
