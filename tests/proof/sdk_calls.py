"""Which calls the official SDK knows, read from its clients: method and path → models of request and answer."""

import ast
import functools
import importlib
import inspect
import re
from dataclasses import dataclass
from urllib.parse import unquote

CLIENTS = {
    "iam": ["huaweicloudsdkiam.v3.IamClient"],
    "ims": ["huaweicloudsdkims.v2.ImsClient"],
    "ecs": ["huaweicloudsdkecs.v2.EcsClient"],
    "evs": ["huaweicloudsdkevs.v2.EvsClient"],
    "vpc": ["huaweicloudsdkvpc.v2.VpcClient", "huaweicloudsdkvpc.v3.VpcClient"],
    "eps": ["huaweicloudsdkeps.v1.EpsClient"],
}


@dataclass(frozen=True)
class Call:
    """One call of one client. `path` is a template: `/v1/{project_id}/jobs/{job_id}`."""

    method: str
    path: str
    request: type
    response: type

    def fits(self, method, path):
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(self.path))
        return method == self.method and re.fullmatch(pattern, unquote(path)) is not None

    @property
    def body(self):
        """The type of the body, as the models write types; None if the call has none."""
        return self.request.openapi_types.get("body")

    @property
    def names(self):
        """What may stand in path, query and headers."""
        return {key for attribute, key in self.request.attribute_map.items() if attribute != "body"}

    @property
    def models(self):
        return importlib.import_module(self.request.__module__.split(".model.")[0] + ".model")


@functools.cache
def calls(service):
    found = []
    for name in CLIENTS[service]:
        package, _, client = name.rpartition(".")
        module = importlib.import_module(package)
        source = inspect.getsource(getattr(module, client))
        for text in re.findall(r"http_info = (\{.*?\n\s*\})", source, re.DOTALL):
            facts = ast.literal_eval(text.replace("request.__class__.__name__", "''"))
            response = getattr(module, facts["response_type"])
            request = getattr(module, facts["response_type"].removesuffix("Response") + "Request")
            found.append(Call(facts["method"], facts["resource_path"], request, response))
    return found


def candidates(service, method, path):
    """The calls that a request can be; those with fewer placeholders first."""
    fitting = [call for call in calls(service) if call.fits(method, path)]
    fewest = min((call.path.count("{") for call in fitting), default=0)
    return [call for call in fitting if call.path.count("{") == fewest]
