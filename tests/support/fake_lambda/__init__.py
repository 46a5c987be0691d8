"""A faithful fake of the Lambda Cloud API, held to its specification; its machines are real OpenSSH servers."""

from fake_lambda.account import Account, Behaviour
from fake_lambda.machine import Machine
from fake_lambda.server import served_lambda, settings_for

__all__ = ["Account", "Behaviour", "Machine", "served_lambda", "settings_for"]
