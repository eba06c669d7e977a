#!/usr/bin/env bash
# openstack-placement 16.0.0 on SQLite, Python 3.11, Linux.
#
# `GET /traits?name=` gives more than it was asked for, in two ways, each with 200.
#
# It knows `in:` and `startswith:`. Any other word before a colon, as the misspelt `starts_with:`, passes its check and filters nothing: all traits come,
# some four hundred, and so the whole list for a question about one. Without a colon at all it is 400.
#
# What follows `startswith:` is handed to LIKE as it is. The names of traits are made of capitals, digits and underscores, and an underscore is LIKE's word for
# any one character: nearly each prefix that is used in practice fits more than what begins with it. A percent sign, which no name has, fits whatever stands before.
#
# Seen: starts_with gives 379 of 379, in gives 1, no colon 400
#       CUSTOM_A_B fits CUSTOM_AXB: True, %XB fits CUSTOM_AXB: True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check openstack-placement==16.0.0
cat > try.py <<'PY'
import json
import warnings

warnings.simplefilter('ignore')
import webob
from oslo_config import cfg
from placement import conf, deploy

options = cfg.ConfigOpts()
conf.register_opts(options)
options.set_override('connection', 'sqlite:///placement.db', group='placement_database')
options.set_override('sync_on_startup', True, group='placement_database')
options.set_override('auth_strategy', 'noauth2', group='api')
options([], default_config_files=[])
app = deploy.loadapp(options)


def call(method, path):
    request = webob.Request.blank(path, method=method)
    request.headers['x-auth-token'] = 'admin'
    request.headers['openstack-api-version'] = 'placement 1.39'
    return request.get_response(app)


def own(query):
    traits = call('GET', '/traits?name=' + query).json['traits']
    return [trait for trait in traits if trait.startswith('CUSTOM_')], len(traits)


for name in ('CUSTOM_A_B', 'CUSTOM_AXB'):
    call('PUT', '/traits/' + name)

print('starts_with gives %d of %d, in gives %d, no colon %d' % (
    own('starts_with:CUSTOM_A')[1], len(call('GET', '/traits').json['traits']), own('in:CUSTOM_A_B')[1],
    call('GET', '/traits?name=CUSTOM_A').status_int))
print('CUSTOM_A_B fits CUSTOM_AXB: %s, %%XB fits CUSTOM_AXB: %s' % (
    'CUSTOM_AXB' in own('startswith:CUSTOM_A_B')[0], 'CUSTOM_AXB' in own('startswith:%25XB')[0]))
PY
seen=$(timeout 60 python/bin/python try.py 2>/dev/null)
echo "$seen"
[ "$seen" = 'starts_with gives 379 of 379, in gives 1, no colon 400
CUSTOM_A_B fits CUSTOM_AXB: True, %XB fits CUSTOM_AXB: True' ]
