"""What the real Placement answers, for tests that need no Python: its package's own application, in this process, over SQLite.

    record.py recorded/queries.json

Asks again what the file holds, from an empty server, and writes the answers into it. Needs gabbi.txt, and oslotest, wsgi-intercept,
requests, fixtures and testtools. A step is {"asks": [method, path, version, body?], "status", "answer"}; of a list of providers the
answer is their names, sorted, and so are traits and aggregates; of a refusal its detail, without the schema that is quoted.
"""

import json
import sys
from importlib.metadata import version as version_of

import webob
from placement import deploy
from placement.tests.functional.fixtures import gabbits


def main(path):
    with open(path) as file:
        recorded = json.load(file)
    fixture = gabbits.APIFixture()
    fixture.start_fixture()
    app = deploy.loadapp(gabbits.CONF)
    for step in recorded["steps"]:
        step["status"], step["answer"] = answer(app, *step["asks"])
    fixture.stop_fixture()
    recorded["of"] = {name: version_of(name) for name in ("openstack-placement", "os-traits")}
    with open(path, "w") as file:
        steps = ",\n".join("    " + json.dumps(step, ensure_ascii=False) for step in recorded.pop("steps"))
        head = json.dumps(recorded)[1:-1]
        file.write(f'{{\n  {head},\n  "steps": [\n{steps}\n  ]\n}}\n')


def answer(app, method, path, version, body=None):
    request = webob.Request.blank(path, method=method)
    request.headers.update({"x-auth-token": "admin", "openstack-api-version": f"placement {version}"})
    if body is not None:
        request.headers["content-type"] = "application/json"
        request.body = json.dumps(body).encode()
    try:
        response = request.get_response(app)
    except Exception as error:  # noqa: BLE001 - what escapes its application is a 500 to whoever asks
        return 500, type(error).__name__
    if not response.body:
        return response.status_int, None
    return response.status_int, shown(response.json_body)


def shown(body):
    if "errors" in body:
        return body["errors"][0]["detail"].split("\n\n ", 1)[-1].split("  Failed validating")[0].strip()
    if "resource_providers" in body:
        return sorted(one["name"] for one in body["resource_providers"])
    # Their order is that of rows, or of a set.
    return {name: sorted(value) if name in ("traits", "aggregates") else value for name, value in body.items()}


if __name__ == "__main__":
    main(sys.argv[1])
