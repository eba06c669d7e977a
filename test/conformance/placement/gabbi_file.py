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


def call(base, method, path, body, version="1.39"):
    headers = {
        "X-Auth-Token": "admin",
        "Content-Type": "application/json",
        "OpenStack-API-Version": f"placement {version}",
    }
    request = urllib.request.Request(base + path, json.dumps(body).encode(), headers, method=method)
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
