"""What was posted becomes messages, records and requests for readings, all in one transaction.

Parsing (bytes to messages), grouping and comparing with what is known are pure; `writing` touches the database.
"""
