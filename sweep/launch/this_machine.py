"""Whether a worker has room on this machine, where a cluster is started here for one launch."""

from sweep.config.addresses import shared_cluster
from sweep.config.room import places
from sweep.config.sections import Workers
from sweep.core.usable_cpus import usable_cpus
from workers.errors import SpecError

ELSEWHERE = "RAY_ADDRESS names a cluster that has more"


def refuse(workers: Workers) -> None:
    """Raises SpecError where no worker could ever begin here. A cluster that is joined may grow, and is waited for."""
    if shared_cluster():
        return
    cpus = usable_cpus()
    if workers.cpus > cpus:
        raise SpecError(
            f"a worker of {workers.cpus} CPUs does not fit on this machine, where {cpus} may be used;"
            f" fewer do, or {ELSEWHERE}",
            "workers.cpus",
        )
    if not workers.needed_gpus:
        return
    from sweep.execution.cluster.ray_private import gpus_here  # noqa: PLC0415  (Ray takes a second to import)

    gpus = gpus_here()
    if not places([{"CPU": cpus, "GPU": gpus}], workers):
        raise SpecError(
            f"a worker with {workers.needed_gpus:g} of a GPU does not fit on this machine, which has {gpus or 'none'};"
            f" gpus: 0 trains on CPUs, cpu_workers: true where no GPU is free, or {ELSEWHERE}",
            "workers.gpus",
        )
