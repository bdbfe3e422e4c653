"""Security groups in plain words."""

from __future__ import annotations

import pytest

from isowright.cloud.group_rules import in_words, lets_everything_in, lets_nothing_out
from isowright.cloud.models import SecurityGroup, SecurityRule


def group(*rules, id_="g", **more):
    return SecurityGroup(id=id_, name="web", rules=tuple(rules), **more)


def into(**what):
    return SecurityRule("ingress", **what)


OUT = SecurityRule("egress")


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([], "In: nothing. Out: nothing."),
        ([OUT], "In: nothing. Out: everything."),
        ([OUT, SecurityRule("egress", "IPv6")], "In: nothing. Out: everything."),
        ([into(), OUT], "In: everything from anywhere. Out: everything."),
        ([into(group="g"), OUT], "In: everything from this group. Out: everything."),
        ([into(group="db")], "In: everything from members of databases. Out: nothing."),
        ([into(group="x")], "In: everything from members of x. Out: nothing."),
        (
            [into(protocol="tcp", port_min=22, port_max=22), into(protocol="tcp", port_min=3389, port_max=3389)],
            "In: SSH (22), RDP (3389) from anywhere. Out: nothing.",
        ),
        ([into(protocol="tcp", port_min=80, port_max=90)], "In: TCP 80-90 from anywhere. Out: nothing."),
        ([into(protocol="udp", port_min=53, port_max=53)], "In: UDP 53 from anywhere. Out: nothing."),
        ([into(protocol="tcp", port_min=1, port_max=65535)], "In: all TCP from anywhere. Out: nothing."),
        ([into(protocol="6", port_min=8080)], "In: TCP 8080 from anywhere. Out: nothing."),
        ([into(protocol="icmp")], "In: ping from anywhere. Out: nothing."),
        ([into(protocol="50")], "In: all protocol 50 from anywhere. Out: nothing."),
        ([into(addresses="10.0.0.0/8", protocol="tcp")], "In: all TCP from 10.0.0.0/8. Out: nothing."),
        ([into(address_group="a")], "In: everything from a list of addresses. Out: nothing."),
        ([into(), into(group="g", protocol="icmp")], "In: everything from anywhere. Out: nothing."),
        (
            [into(protocol="tcp", port_min=port, port_max=port) for port in range(8001, 8007)],
            "In: TCP 8001, TCP 8002, TCP 8003, TCP 8004 and 2 more from anywhere. Out: nothing.",
        ),
    ],
)
def test_rules_in_words(rules, words):
    assert in_words(group(*rules), {"db": "databases"}) == words


def test_rules_that_the_cloud_does_not_tell_are_not_made_up():
    silent = SecurityGroup(id="g", name="web")
    assert in_words(silent) == ""
    assert not lets_everything_in(silent)
    assert not lets_nothing_out([silent])


def test_what_is_worth_a_caution():
    assert lets_everything_in(group(into(addresses="0.0.0.0/0")))
    assert not lets_everything_in(group(into(protocol="tcp")))
    assert not lets_everything_in(group(into(group="g"), OUT))
    assert lets_nothing_out([group(into())])
    assert not lets_nothing_out([group(into()), group(OUT, id_="other")])
    assert not lets_nothing_out([])
