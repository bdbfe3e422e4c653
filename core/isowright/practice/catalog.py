"""What the practice cloud offers: flavors (good and bad for an ISO), volume types, operating systems."""

from .model import ZONES, Flavor, VolumeType

_A, _B, _C = ZONES


def _family(prefix: str, performance: str, sizes: str, **more: object) -> list[Flavor]:
    """`sizes`: words "large.2" = 2 vCPUs with 2 GB each; small 1, large 2, xlarge 4, 2xlarge 8 vCPUs."""
    vcpus = {"small": 1, "medium": 1, "large": 2, "xlarge": 4, "2xlarge": 8}
    made = []
    for size in sizes.split():
        name, ratio = size.split(".")
        count = vcpus[name]
        made.append(Flavor(f"{prefix}.{size}", count, count * int(ratio) * 1024, performance, **more))  # type: ignore[arg-type]
    return made


FLAVORS: dict[str, Flavor] = {
    flavor.id: flavor
    for flavor in [
        *_family("s6", "normal", "small.1 medium.2 medium.4", zones=()),
        Flavor("s6.large.2", 2, 4096, "normal", status="abandon", zones=((_A, "normal"), (_B, "sellout"))),
        *_family("s6", "normal", "large.4 xlarge.2 xlarge.4 2xlarge.2 2xlarge.4"),
        *_family("s7", "normal", "small.1 medium.2"),
        Flavor("s7.large.2", 2, 4096, "normal"),
        Flavor("s7.large.4", 2, 8192, "normal", zones=((_A, "promotion"), (_B, "normal"))),
        *_family("s7", "normal", "xlarge.2 xlarge.4 2xlarge.2"),
        Flavor("s7n.large.2", 2, 4096, "normal", status="sellout"),
        Flavor("s7n.large.4", 2, 8192, "normal", status="obt"),
        Flavor("s3.large.2", 2, 4096, "normal", status="abandon"),
        Flavor("s3.large.4", 2, 8192, "normal", status="abandon", zones=((_B, "normal"),)),
        Flavor("s2.large.2", 2, 4096, "normal", charge="period"),
        Flavor("sn3.large.2", 2, 4096, "normal", disabled=True),
        *_family("c6", "computingv3", "large.2 large.4 xlarge.2"),
        *_family("c7", "computingv3", "large.2 large.4 xlarge.2"),
        *_family("m6", "highmem", "large.8 xlarge.8"),
        *_family("t6", "entry", "small.1 medium.2 large.2"),
        Flavor("s1.large", 2, 4096, "normal", virtualization="FusionCompute", status="abandon"),
        Flavor("c1.large", 2, 4096, "", virtualization="FusionCompute"),
        *_family("kc1", "kunpeng_computing", "large.2 large.4 xlarge.2", architecture="arm64"),
        Flavor("g6.xlarge.4", 4, 16384, "gpu"),
        Flavor("p2s.2xlarge.8", 8, 65536, "gpu", status="sellout"),
        Flavor("i3.2xlarge.8", 8, 65536, "highio"),
        Flavor("ai1.large.4", 2, 8192, "ascend", status="obt_sellout"),
    ]
}

VOLUME_TYPES: dict[str, VolumeType] = {
    kind.name: kind
    for kind in (
        VolumeType("719cc2e5-2f64-4e0c-9d0a-5f1f5a8d0001", "SSD", ZONES),
        VolumeType("69216711-2f64-4e0c-9d0a-5f1f5a8d0002", "GPSSD", (_A, _B)),
        VolumeType("8abb37f1-2f64-4e0c-9d0a-5f1f5a8d0003", "SAS", ZONES, (_C,)),
        VolumeType("56a871f1-2f64-4e0c-9d0a-5f1f5a8d0004", "SATA", (_A,), (_A,)),
        VolumeType("1f8d9a53-2f64-4e0c-9d0a-5f1f5a8d0005", "ESSD", (_B,)),
        VolumeType("ac4f0eb2-2f64-4e0c-9d0a-5f1f5a8d0006", "GPSSD2", (_A,)),
        VolumeType("bd51c7e4-2f64-4e0c-9d0a-5f1f5a8d0007", "co-p1", (_A,)),
    )
}

# platform → (os_type, versions with their word size)
_SYSTEMS: dict[str, tuple[str, list[str]]] = {
    "Ubuntu": ("Linux", [f"Ubuntu {v} server 64bit" for v in ("24.04", "22.04", "20.04", "18.04", "16.04")]),
    "Debian": ("Linux", [f"Debian GNU/Linux {v} 64bit" for v in ("12.0.0", "11.1.0", "11.0.0", "10.10.0", "9.13.0")]),
    "CentOS": ("Linux", [f"CentOS {v} 64bit" for v in ("8.2", "8.1", "7.9", "7.6", "7.4")]),
    "Rocky Linux": ("Linux", [f"Rocky Linux {v} 64bit" for v in ("9.4", "9.3", "8.10", "8.6")]),
    "AlmaLinux": ("Linux", [f"AlmaLinux {v} 64bit" for v in ("9.4", "9.2", "8.9", "8.6")]),
    "openEuler": ("Linux", [f"openEuler {v} 64bit" for v in ("24.03", "22.03", "20.03")]),
    "EulerOS": ("Linux", [f"EulerOS {v} 64bit" for v in ("2.10", "2.9", "2.5")]),
    "Redhat": ("Linux", [f"Redhat Linux Enterprise {v} 64bit" for v in ("9.2", "8.6", "7.9")]),
    "SUSE": ("Linux", [f"SUSE Enterprise {v} 64bit" for v in ("15 SP5", "15 SP4", "12 SP5")]),
    "Fedora": ("Linux", [f"Fedora {v} 64bit" for v in ("40", "38", "32")]),
    "OpenSUSE": ("Linux", [f"OpenSUSE {v} 64bit" for v in ("15.5", "15.3")]),
    "Windows": (
        "Windows",
        [
            f"Windows Server {v} 64bit"
            for v in ("2022 Datacenter", "2022 Standard", "2019 Datacenter", "2019 Standard", "2016 Standard")
        ],
    ),
    "Other": ("Linux", ["Other(64 bit)", "Other(32 bit)"]),
}


def os_versions() -> list[dict[str, object]]:
    """The answer of GET /v1/cloudimages/os_version (IMS API reference, sample there)."""
    return [
        {
            "platform": platform,
            "version_list": [
                {
                    "platform": platform,
                    "os_version_key": version,
                    "os_version": version,
                    "os_bit": 32 if "32" in version.rsplit("(", 1)[-1] and "bit)" in version else 64,
                    "os_type": os_type,
                }
                for version in versions
            ],
        }
        for platform, (os_type, versions) in _SYSTEMS.items()
    ]


def find_os(os_version: str) -> tuple[str, str] | None:
    """(platform, os_type) of an os_version, exact in case and spacing."""
    for platform, (os_type, versions) in _SYSTEMS.items():
        if os_version in versions:
            return platform, os_type
    return None
