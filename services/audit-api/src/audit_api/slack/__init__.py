"""Slack as it happens: events and history become messages, by the same rules as an export.

Events are stored first and worked on after; what was missed is read again from the history. Both write through
`intake`, so that a message that comes twice, or late, or in the wrong order, changes nothing that is newer.
"""
