"""Jobs: they last, they may be told to fail or hang, and their end changes the world."""

from typing import TYPE_CHECKING, Any, Literal

from .faults import JOB_FAILURES
from .model import Job
from .refusals import Refusal
from .seed import new_uuid
from .timing import INIT_SHARE

if TYPE_CHECKING:
    from .world import World

import secrets


def new_job_id() -> str:
    """32 hex digits beginning like the ids of the real services."""
    return "ff808082" + secrets.token_hex(12)


class Jobs:
    def __init__(self, world: "World") -> None:
        self._world = world

    def start(
        self,
        service: Literal["ims", "ecs", "evs"],
        kind: str,
        project_id: str,
        cloud_seconds: float,
        **subject: Any,
    ) -> Job:
        """Starts a job that ends by itself after `cloud_seconds`, unless a fault script says otherwise."""
        world = self._world
        fault = world.faults.job(service, kind)
        begin = world.now
        factor = fault.factor if fault else 1.0
        job_id = new_uuid() if service == "evs" else new_job_id()
        end = begin + world.pace.real(cloud_seconds) * factor
        job = Job(job_id, service, kind, project_id, begin, end, sub_job_id=new_job_id(), subject=subject)
        job.twist = fault.action if fault else ""
        if fault and fault.action in JOB_FAILURES:
            job.error_code = fault.code or {"ims": "IMG.1075", "ecs": "Ecs.0319", "evs": "EVS.2014"}[service]
            job.fail_reason = fault.reason or "The job was told to fail by a fault script."
            job.debris = fault.action == "fail-with-debris"
        job.hang = bool(fault and fault.action == "hang")
        world.state.jobs[job_id] = job
        if not job.hang:
            world.schedule(end, "job", job_id)
        world.touch()
        return job

    def worked(self, job: Job, *, code: str = "", reason: str = "") -> None:
        """The real work of a job is over; with a code, it failed. A failed job ends at once, another one if its time
        has passed."""
        if job.done:
            return
        if code:
            job.error_code, job.fail_reason = code, reason
        if code or job.late:
            self._world.end_job(job)

    def resume(self) -> None:
        """Ends jobs that waited for real work when the world was stopped, and need not wait any more."""
        for job in list(self._world.state.jobs.values()):
            if job.late and not job.done and not self._world.machines.waits(job):
                self._world.end_job(job)

    def get(self, service: str, project_id: str, job_id: str) -> Job:
        """Job ids are good on the host that issued them only. Raises Refusal 400."""
        job = self._world.state.jobs.get(job_id)
        if job is None or job.service != service or job.project_id != project_id:
            code = {"ims": "IMG.0001", "ecs": "Common.0011", "evs": "EVS.0005"}[service]
            raise Refusal(400, code, f"The job {job_id} does not exist or has expired.")
        return job

    def status(self, job: Job) -> str:
        if job.done:
            return "FAIL" if job.error_code else "SUCCESS"
        begun = self._world.now >= job.begin + (job.end - job.begin) * INIT_SHARE
        if job.twist == "odd-words":
            return "WAITING_FOR_RESOURCE" if begun else "Accepted"
        return "RUNNING" if begun else "INIT"

    def progress(self, job: Job) -> float:
        """0..1; a hanging job stays at about a third."""
        if job.done:
            return 1.0
        share = (self._world.now - job.begin) / max(job.end - job.begin, 0.001)
        share = min(share, self._world.machines.share(job))
        return round(min(share, 0.35 if job.hang else 0.99), 2)
