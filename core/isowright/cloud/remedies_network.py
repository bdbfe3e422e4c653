"""Networks of a run's own: VPCs and subnets. Source: VPC API reference, "Error Codes"."""

from __future__ import annotations

from isowright.cloud.remedy_case import Case
from isowright.errors import QuotaError

NETWORKS = {
    "VPC.0114": Case(
        "The project's quota of VPCs is used up.",
        "Choose one of the project's own networks, delete a VPC that nobody needs, or ask the cloud for more.",
        "A network of the run's own takes one place of it.",
        "step:network.vpc_id",
        QuotaError,
    ),
    "VPC.0115": Case(
        "A VPC of this name exists already.",
        "Choose one of the project's own networks, or delete that VPC if nobody needs it.",
        "It carries the name of this run, but not its marks.",
        "step:network.vpc_id",
    ),
    "subnet-range": Case(
        "The cloud refuses the subnet's addresses.",
        "Choose one of the project's own networks.",
        action="step:network.vpc_id",
    ),
    # Final, because whoever deletes a network waits for what is in it.
    "network-busy": Case(
        "The network is still in use.",
        "Wait a minute and try again. If somebody has put something else into it, take that out in the console first.",
        action="retry",
    ),
}
