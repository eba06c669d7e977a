"""Runs one of Placement's own gabbi files, as its package has it, against a server that is empty.

    gabbi_file.py http://127.0.0.1:28800/placement allocations.yaml [LEFT_OUT]

LEFT_OUT is a JSON object: name of a test to a reason for leaving it out. Prints a line of JSON for each test, in order:
{"name", "outcome": "passed" | "failed" | "left out", "detail"}.

The fixtures that the files name are made through the API, as the server is not in this process.
"""

import json
import os
import sys
import unittest
import urllib.request
import uuid
from importlib.util import find_spec
from urllib.parse import urlsplit

from gabbi import handlers, suitemaker, utils

# What every fixture gives to its file.
UUIDS = (
    "RP_UUID RP_NAME RP_UUID1 RP_NAME1 RP_UUID2 RP_NAME2 ALT_RP_UUID ALT_RP_NAME PROJECT_ID ADMIN_PROJECT_ID "
    "SERVICE_PROJECT_ID PROJECT_ID_ALT USER_ID USER_ID_ALT ALT_USER_ID INSTANCE_UUID MIGRATION_UUID CONSUMER_UUID "
    "PARENT_PROVIDER_UUID ALT_PARENT_PROVIDER_UUID CONSUMER_0 CONSUMER_ID ALT_CONSUMER_ID"
).split()


def main(base, name, left_out):
    folder = os.path.join(os.path.dirname(find_spec("placement").origin), "tests", "functional", "gabbits")
    with open(os.path.join(folder, name)) as file:
        suite = utils.load_yaml(file, safe=True)
    prepare(suite.pop("fixtures", []), base)
    known = {test["name"] for test in suite["tests"]}
    if unknown := left_out.keys() - known:
        sys.exit(f"{name} has no test {unknown}")
    for test in suite["tests"]:
        if reason := left_out.get(test["name"]):
            test["skip"] = reason
    target = urlsplit(base)
    suite = suitemaker.test_suite_from_dict(
        unittest.defaultTestLoader,
        "placement",
        suite,
        folder,
        target.hostname,
        target.port,
        None,
        None,
        prefix=target.path,
        handlers=[handler() for handler in handlers.RESPONSE_HANDLERS],
    )
    suite.run(Printed())


def prepare(fixtures, base):
    for variable in UUIDS:
        os.environ[variable] = str(uuid.uuid4())
    for n, suffix in enumerate(("", "1", "2")):
        os.environ[f"CUSTOM_RES_CLASS{suffix}"] = f"CUSTOM_IRON_NFV{suffix}"
    for fixture in fixtures:
        if fixture == "AllocationFixture":
            make_allocations(base, os.environ)
        elif fixture == "GranularFixture":
            make_granular(base)
        elif fixture not in PLAIN:
            sys.exit(f"nothing makes a {fixture} here")


# Of these, what is more than variables is settings of the server.
PLAIN = {"APIFixture", "LegacyRBACPolicyFixture", "SecureRBACPolicyFixture", "OpenPolicyFixture"}


def make_allocations(base, env):
    """One provider, and three consumers of it."""
    provider = env["RP_UUID"]
    call(base, "POST", "/resource_providers", {"name": env["RP_NAME"], "uuid": provider})
    disk = {"total": 2048, "step_size": 10, "min_unit": 10, "max_unit": 1000}
    inventories = {"DISK_GB": disk, "VCPU": {"total": 10, "max_unit": 10}}
    for resource_class, inventory in inventories.items():
        call(base, "POST", f"/resource_providers/{provider}/inventories", {"resource_class": resource_class, **inventory})
    holdings = {
        ("CONSUMER_0", "USER_ID"): {"DISK_GB": 1000},
        ("CONSUMER_ID", "USER_ID"): {"VCPU": 6},
        ("ALT_CONSUMER_ID", "ALT_USER_ID"): {"DISK_GB": 20, "VCPU": 1},
    }
    for (consumer, user), resources in holdings.items():
        body = {
            "allocations": {provider: {"resources": resources}},
            "project_id": env["PROJECT_ID"],
            "user_id": env[user],
            "consumer_generation": None,
        }
        # The version before types of consumers: these have none.
        call(base, "PUT", f"/allocations/{env[consumer]}", body, "1.28")


# Aggregates, inventories and traits of each provider.
GRANULAR = {
    "cn_left": (
        "A",
        {"VCPU": 8, "MEMORY_MB": 4096, "DISK_GB": 500, "VGPU": 8, "SRIOV_NET_VF": 8, "CUSTOM_NET_MBPS": 4000},
        "HW_CPU_X86_AVX HW_CPU_X86_AVX2 HW_GPU_API_DXVA HW_NIC_DCB_PFC CUSTOM_FOO",
    ),
    "cn_middle": (
        "AB",
        {"VCPU": 8, "MEMORY_MB": 4096, "SRIOV_NET_VF": 8, "CUSTOM_NET_MBPS": 4000},
        "HW_CPU_X86_AVX HW_CPU_X86_AVX2 HW_CPU_X86_SSE HW_NIC_ACCEL_TLS",
    ),
    "cn_right": (
        "BC",
        {"VCPU": 8, "MEMORY_MB": 4096, "DISK_GB": 500, "VGPU": 8},
        "HW_CPU_X86_MMX HW_GPU_API_DXVA CUSTOM_DISK_SSD",
    ),
    "shr_disk_1": ("A", {"DISK_GB": 1000}, "MISC_SHARES_VIA_AGGREGATE CUSTOM_DISK_SSD"),
    "shr_disk_2": ("AB", {"DISK_GB": 1000}, "MISC_SHARES_VIA_AGGREGATE"),
    "shr_net": ("C", {"SRIOV_NET_VF": 16, "CUSTOM_NET_MBPS": 40000}, "MISC_SHARES_VIA_AGGREGATE"),
}


def make_granular(base):
    aggregates = {letter: str(uuid.uuid4()) for letter in "ABC"}
    os.environ.update({f"AGG{letter}": aggregate for letter, aggregate in aggregates.items()})
    call(base, "PUT", "/resource_classes/CUSTOM_NET_MBPS", None)
    for trait in ("CUSTOM_FOO", "CUSTOM_DISK_SSD"):
        call(base, "PUT", f"/traits/{trait}", None)
    for name, (letters, totals, traits) in GRANULAR.items():
        provider = os.environ[name.upper()] = str(uuid.uuid4())
        at = f"/resource_providers/{provider}"
        call(base, "POST", "/resource_providers", {"name": name, "uuid": provider})
        call(base, "PUT", f"{at}/aggregates", [aggregates[letter] for letter in letters], "1.18")
        for resource_class, total in totals.items():
            most = 2 if (name, resource_class) == ("cn_right", "VGPU") else total
            call(base, "POST", f"{at}/inventories", {"resource_class": resource_class, "total": total, "max_unit": most})
        call(base, "PUT", f"{at}/traits", {"resource_provider_generation": len(totals), "traits": traits.split()})


def call(base, method, path, body, version="1.39"):
    headers = {
        "X-Auth-Token": "admin",
        "Content-Type": "application/json",
        "OpenStack-API-Version": f"placement {version}",
    }
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, headers, method=method)
    urllib.request.urlopen(request).close()


class Printed(unittest.TestResult):
    def addSuccess(self, test):
        self.tell(test, "passed")

    def addSkip(self, test, reason):
        self.tell(test, "left out", reason)

    def addFailure(self, test, error):
        self.tell(test, "failed", f"{error[0].__name__}: {error[1]}")

    addError = addFailure

    def tell(self, test, outcome, detail=""):
        name = getattr(test, "test_data", {}).get("name", str(test))
        print(json.dumps({"name": name, "outcome": outcome, "detail": detail}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), sys.argv[2], json.loads(sys.argv[3]) if len(sys.argv) > 3 else {})
