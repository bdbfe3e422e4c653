"""What a security group lets in and out, in plain words. Pure. Source: VPC API reference, "Security Group Rule"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from isowright.cloud.models import SecurityGroup, SecurityRule

_ANYWHERE = ("", "0.0.0.0/0", "::/0")
_ALL_PORTS = (1, 65535)
_KNOWN = {22: "SSH", 53: "DNS", 80: "HTTP", 443: "HTTPS", 3389: "RDP"}
_NUMBERS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}  # protocols may be named by their number
_SHOWN = 4  # parts; what is more is counted


def in_words(group: SecurityGroup, names: Mapping[str, str] | None = None) -> str:
    """ "In: SSH (22) from anywhere. Out: everything."; "" where the cloud does not tell the rules. names: of groups by
    id, for rules about members of another one."""
    if group.rules is None:
        return ""
    return f"In: {_way(group, 'ingress', names or {})}. Out: {_way(group, 'egress', names or {})}."


def lets_everything_in(group: SecurityGroup) -> bool:
    """From anywhere, on any port: with a public IP that is an open door."""
    return any(r.direction == "ingress" and not _what(r) and not _whom(r, group.id, {}) for r in group.rules or ())


def lets_nothing_out(groups: Iterable[SecurityGroup]) -> bool:
    """None of these (which add up) lets anything out, so that an installer can load nothing."""
    told = [group.rules for group in groups]
    return bool(told) and all(
        rules is not None and not any(rule.direction == "egress" for rule in rules) for rules in told
    )


def _way(group: SecurityGroup, direction: str, names: Mapping[str, str]) -> str:
    rules = [rule for rule in group.rules or () if rule.direction == direction]
    preposition = "from" if direction == "ingress" else "to"
    by_whom: dict[str, list[str]] = {}
    for rule in rules:  # IPv4 and IPv6 are told together: nobody writes different rules for them by intent
        what = by_whom.setdefault(_whom(rule, group.id, names), [])
        if (words := _what(rule)) not in what:
            what.append(words)
    parts = []
    for whom, what in sorted(by_whom.items(), key=lambda pair: bool(pair[0])):
        if "" in what:
            words = "everything"
        elif whom and "" in by_whom.get("", ()):
            continue  # whoever is anybody may do so anyway
        else:
            words = _listed(what)
        parts.append(f"{words} {preposition} {whom or 'anywhere'}")
    if parts and parts[0].startswith("everything ") and "" in by_whom.get("", ()):
        return f"everything {preposition} anywhere" if direction == "ingress" else "everything"
    return "; ".join(parts) or "nothing"


def _listed(what: Sequence[str]) -> str:
    more = len(what) - _SHOWN
    return ", ".join(what[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _what(rule: SecurityRule) -> str:
    """ "SSH (22)", "UDP 60000-61000", "ping"; "" for everything."""
    protocol = (rule.protocol or "").lower()
    protocol = _NUMBERS.get(protocol, protocol)
    if protocol in ("", "any", "-1"):
        return ""
    if protocol in ("icmp", "icmpv6", "ipv6-icmp"):
        return "ping"
    low, high = rule.port_min, rule.port_max if rule.port_max is not None else rule.port_min
    name = protocol.upper() if protocol.isalpha() else f"protocol {protocol}"
    if low is None or high is None or (low, high) == _ALL_PORTS:
        return f"all {name}"
    if low == high:
        return f"{_KNOWN[low]} ({low})" if low in _KNOWN and protocol == "tcp" else f"{name} {low}"
    return f"{name} {low}-{high}"


def _whom(rule: SecurityRule, own: str, names: Mapping[str, str]) -> str:
    """ "10.0.0.0/8", "this group"; "" for anybody."""
    if rule.group:
        return "this group" if rule.group == own else f"members of {names.get(rule.group, rule.group)}"
    if rule.address_group:
        return "a list of addresses"
    return "" if (rule.addresses or "") in _ANYWHERE else str(rule.addresses)
