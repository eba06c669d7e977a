"""Prints what events/placement/standard-traits.json lacks of the os-traits that is installed, as its next entry.

    standard_traits.py events/placement/standard-traits.json
"""

import json
import sys
from importlib.metadata import version

import os_traits

with open(sys.argv[1]) as file:
    known = {trait for release in json.load(file) for trait in release["traits"]}
print(json.dumps({"os-traits": version("os-traits"), "traits": [one for one in os_traits.get_traits() if one not in known]}))
