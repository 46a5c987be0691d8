"""Which machines are elsewhere, so that members' names stay here."""

from trainer_orchestrator.machines.lambda_cloud import LambdaMachines
from trainer_orchestrator.machines.local import LocalMachines
from trainer_orchestrator.machines.ssh import SshMachines


def test_only_this_server_is_told_the_names_of_members() -> None:
    assert (LocalMachines.is_elsewhere, SshMachines.is_elsewhere, LambdaMachines.is_elsewhere) == (False, True, True)
