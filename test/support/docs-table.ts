/*
 * What the commands of the documentation are held against, file by file, in their order. A command that stands in a
 * file and not here is a failure, and so is one that stands here alone.
 */

export interface Documented {
  /** As it stands in the file, without comments at the ends of lines. */
  command: string;
  /** A telling part of what it prints. */
  says?: RegExp;
  /** Exit status; 0 by default. */
  code?: number;
  /** Goes on beside the others once it has said so. */
  goesOn?: true;
  /** It has no end of its own: it is ended after two seconds. */
  endless?: true;
  /** What a reader does with the service before it, as the text around says. */
  before?: 'stop' | 'serve' | 'damage';
  /** Why it is not run. */
  left?: string;
  /** It is typed by docs-kafka.test.ts, on Kafka. */
  on?: 'kafka';
}

/** What differs from what is typed, with why. `{port}` and the like are the sitting's own. */
export const differences: readonly [from: string | RegExp, to: string, why: string][] = [
  ['npm ci && npm start', 'npm start', 'what it installs is there'],
  [
    /\bnpm start( --)?/,
    'node_modules/.bin/holdfast serve',
    'nothing is built while tests run; of npm start itself: restart.test.ts',
  ],
  ['127.0.0.1:28800', '127.0.0.1:{port}', 'another service may have the port'],
  ['/elsewhere/', '{elsewhere}/', 'nobody writes at the root'],
  ['python3 -c', '{python} -c', 'one with the packages of docs/examples/requirements.txt'],
];

const npx = 'npx holdfast';
const curl = 'curl -s $H/locks';

/**
 * Of commands that speak of a damaged record: this one is where the test made one, in a log that others still need
 * whole.
 */
export const differencesWhereDamaged: typeof differences = [
  ['--from-data data', '--from-data damaged', 'the log itself is exported afterwards'],
  ['--past 1200', '--past {damaged}', 'the position of it'],
  ['HOST:PORT', '{brokers}', 'the broker that test files share'],
  ['--registry URL', '--registry {registry}', 'its registry'],
  ['holdfast-commands,holdfast-events', '{commands},{topic}', 'topics of this sitting'],
  ['commands-2', '{commands}-2', 'others have topics there, too'],
  ['events-2', '{topic}-2', 'the same'],
];

/** As `differences`, for what is on Kafka. The longer ones first. */
export const differencesOnKafka: typeof differences = [
  ['127.0.0.1:29092', '{brokers}', 'the broker that test files share'],
  ['http://127.0.0.1:28081/apis/ccompat/v7', '{registry}', 'its registry'],
  ['postgres://holdfast@127.0.0.1:25432/holdfast', '{postgres}', 'a server of its own'],
  ['postgres://127.0.0.1/holdfast', '{postgres}', 'the same'],
  ['29093', '{sasl}', 'another broker may have the port'],
  ['29094', '{plain}', 'the same'],
  ['/tmp/holdfast-sasl', '{saslPlace}', 'what is made is removed again'],
  ['127.0.0.1:28800', '127.0.0.1:{port}', 'another service may have the port'],
  ['28801', '{processor}', 'the same'],
  ['28811', '{projector}', 'the same'],
  [
    '.holdfast/python/bin/python docs/examples/history.py',
    '{python} docs/examples/history.py --kafka {brokers} --registry {registry} --topic {topic}',
    'a Python with the packages is there, and others have topics on that broker, too',
  ],
];

const reserve = `${curl}/service/reservations -d '{"ComponentIDs":["x0c0s0b0n0"],"ReservationDuration":5}'`;
const stranger = 'it is a program of others, which a machine may lack';
const madeOnce = 'such a Python is made once and kept: see pythonWith';
const infra = 'what it starts is there, as test files share it: the program itself is run for that';
const acl = 'it needs a broker of a site, with an administrator';

export const documentedOnKafka: Record<string, readonly Documented[]> = {
  'docs/kafka.md': [
    { command: 'npm ci && npm run build', left: 'nothing is built while tests run' },
    { command: 'npm run kafka', left: infra },
    { command: 'npm run postgres', left: infra },
    { command: 'export HOLDFAST_KAFKA=127.0.0.1:29092' },
    { command: 'export HOLDFAST_REGISTRY=http://127.0.0.1:28081/apis/ccompat/v7' },
    { command: 'export DATABASE_URL=postgres://holdfast@127.0.0.1:25432/holdfast' },
    { command: 'export HOLDFAST_DATA=$PWD/data-kafka' },
    { command: 'export HOLDFAST_SECRET_FILE=$HOLDFAST_DATA/secret' },
    {
      command:
        '(umask 077; mkdir -p $HOLDFAST_DATA; [ -s $HOLDFAST_SECRET_FILE ] || openssl rand -base64 32 > $HOLDFAST_SECRET_FILE)',
    },
    { command: 'export PATH=$PWD/node_modules/.bin:$PATH' },
    {
      command: 'holdfast serve --check',
      says: /ok +port[\s\S]*ok +kafka[\s\S]*ok +registry[\s\S]*ok +postgres[\s\S]*ok +secret/,
    },
    { command: 'holdfast serve --role processor --port 28801 &' },
    { command: 'holdfast serve --role projector --port 28811 &' },
    { command: 'holdfast serve --role api &' },
    { command: 'until curl -sf http://127.0.0.1:28800/readyz; do sleep 1; done', says: /"ready":true/ },
    { command: 'holdfast import test/conformance/cray/fixture.json', says: /\d+ components/ },
    { command: 'H=http://127.0.0.1:28800/hsm/v2' },
    { command: reserve, says: /"ReservationKey":"x0c0s0b0n0:rk:/ },
    { command: reserve, says: /"Reason":"Reserved"|reserved/ },
    { command: `${curl}/reservations/remove -d '{"ComponentIDs":["x0c0s0b0n0"]}'`, says: /x0c0s0b0n0/ },
    {
      command: "kcat -C -q -e -b 127.0.0.1:29092 -t holdfast-events -f '%o  %k  %S bytes\\n'",
      left: stranger,
    },
    {
      command:
        'python3 -m venv .holdfast/python && .holdfast/python/bin/pip install -q -r docs/examples/requirements.txt',
      left: madeOnce,
    },
    {
      command: '.holdfast/python/bin/python docs/examples/history.py x0c0s0b0n0',
      says: /ComponentPut anonymous\n.*ReservationCreated anonymous\n.*RequestRefused anonymous\n.*ReservationRemoved anonymous/,
    },
    {
      command: 'npm run kafka -- --sasl-port 29093 --port 29094 --no-registry --dir /tmp/holdfast-sasl',
      says: /^Kafka, with a password: 127\.0\.0\.1:\d+$/m,
      before: 'stop',
    },
    {
      command:
        'HOLDFAST_KAFKA_PASSWORD=holdfast-local holdfast serve --check \\\n    --kafka 127.0.0.1:29093 --kafka-sasl scram-sha-512 --kafka-user holdfast',
      says: /^ok +kafka$/m,
    },
    { command: 'npm run kafka -- stop --dir /tmp/holdfast-sasl' },
    {
      command:
        'acls() { kafka-acls.sh --bootstrap-server HOST:9093 --command-config admin.properties --add --force "$@"; }',
      left: acl,
    },
    {
      command:
        'for topic in holdfast-commands holdfast-events; do\n  acls --allow-principal User:holdfast --topic $topic --operation Read --operation Write --operation Describe --operation DescribeConfigs\ndone',
      left: acl,
    },
    {
      command:
        'acls --allow-principal User:holdfast --resource-pattern-type prefixed --group holdfast-tail- --operation Read',
      left: acl,
    },
    {
      command: 'acls --allow-principal User:auditor --topic holdfast-events --operation Read --operation Describe',
      left: acl,
    },
  ],
};

export const documented: Record<string, readonly Documented[]> = {
  'README.md': [
    { command: 'npm ci && npm start', says: /serving at http:\/\/127\.0\.0\.1:\d+/, goesOn: true },
    { command: 'npm ci && npm test', left: 'it is the run that this test is a part of' },
    { command: `${npx} import test/conformance/cray/fixture.json`, says: /\d+ components/ },
    { command: 'H=http://127.0.0.1:28800/hsm/v2' },
    { command: `${curl}/lock -d '{"Role":["Management"]}'`, says: /"Success":/ },
    {
      command: `${curl}/service/reservations -d '{"ComponentIDs":["x0c0s0b0n0"],"ReservationDuration":5}'`,
      says: /"ReservationKey":"x0c0s0b0n0:rk:/,
    },
    {
      command: `${curl}/service/reservations -d '{"ComponentIDs":["x0c0s0b0n0"],"ReservationDuration":5}'`,
      says: /"Reason":"Reserved"|reserved/,
    },
    { command: `${curl}/status -d '{"ComponentIDs":["x0c0s0b0n0","x0c0s4b0n0"]}'`, says: /"Reserved":true/ },
    { command: 'curl -s "$H/locks/status?type=Node&locked=true"', says: /"Locked":true/ },
    { command: `${curl}/reservations/remove -d '{"ComponentIDs":["x0c0s0b0n0"]}'`, says: /x0c0s0b0n0/ },
    { command: `${curl}/unlock -d '{"Role":["Management"]}'`, says: /Success/ },
    {
      command: `curl -s -X PATCH http://127.0.0.1:28800/v1/locks/lock -H 'Content-Type: application/json' \\\n     -d '{"ComponentIDs":["x0c0s0b0n0"]}'`,
      says: /x0c0s0b0n0|Success/,
    },
    { command: 'npm ci', left: 'what it installs is there' },
    { command: 'npm run kafka', left: infra },
    {
      command:
        'npm start -- --data data-kafka --kafka 127.0.0.1:29092 --registry http://127.0.0.1:28081/apis/ccompat/v7',
      ...{ on: 'kafka', says: /serving at http/, goesOn: true },
    },
    { command: "kcat -C -q -e -b 127.0.0.1:29092 -t holdfast-events -f '%o  %k  %S bytes\\n'", left: stranger },
    {
      command:
        'python3 -m venv .holdfast/python && .holdfast/python/bin/pip install -q -r docs/examples/requirements.txt',
      left: madeOnce,
    },
    {
      command: '.holdfast/python/bin/python docs/examples/history.py x0c0s0b0n0',
      ...{ on: 'kafka', says: /ComponentPut anonymous\n(.*\n)*.*ReservationRemoved anonymous/ },
    },
    { command: `${npx} status --role Compute`, says: /x0c0s1b0n0/ },
    { command: `${npx} lock x0c0s1b0n0 --reason 'firmware update'`, says: /locked/ },
    { command: `${npx} reserve x0c0s1b0n0 --minutes 30 --keys-file keys`, says: /reserved/ },
    { command: `${npx} history x0c0s1b0n0`, says: /firmware update/ },
    { command: `${npx} holders --age 7d`, says: /0 components/ },
    { command: `${npx} verify`, says: /^verified: \d+ events/m, before: 'stop' },
    { command: `${npx} seal`, says: /"sequence":\d+/ },
    { command: `${npx} export --out DIR`, says: /events/ },
    { command: `${npx} replay --until 20`, says: /x0c0s0b0n0|components/ },
  ],
  'docs/cli.md': [
    { command: 'export PATH=$PWD/node_modules/.bin:$PATH', before: 'serve' },
    {
      command: `curl -s http://127.0.0.1:28800/hsm/v2/groups -d '{"label":"blue","members":{"ids":["x0c0s2b0n0","x0c0s3b0n0"]}}'`,
      says: /blue/,
    },
    { command: 'holdfast status --role Compute --locked', says: /x0c0s1b0n0/ },
    { command: "holdfast lock --group blue --reason 'cooling maintenance'", says: /2 components locked|locked/ },
    {
      command: 'holdfast reserve x0c0s2b0n0 x0c0s3b0n0 --minutes 30 --keys-file update.keys',
      says: /reserved/,
    },
    { command: 'holdfast renew --keys-file update.keys', says: /renewed/ },
    { command: 'holdfast release --keys-file update.keys', says: /released/ },
    { command: "holdfast reserve x0c0s2b0n0 --reason 'a job that will hang'", says: /TOKEN/ },
    {
      command: 'holdfast holders --kind reservation',
      says: /x0c0s2b0n0 .*a job that will hang +\d+ +[0-9a-f-]{36}\.\d+/,
    },
    {
      command: `ID=$(holdfast history x0c0s2b0n0 --types cray.ReservationCreated --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["ReservationID"])')`,
    },
    { command: 'holdfast remove x0c0s2b0n0 --reservation "$ID"', says: /1 component freed/ },
    { command: 'holdfast seal --data data >> /elsewhere/seals.jsonl', before: 'stop' },
    {
      command: 'holdfast verify --data data --from "$(tail -n 1 /elsewhere/seals.jsonl)"',
      says: /^verified: \d+ events/m,
    },
    {
      command: "holdfast copy --from-data data --data new --past 1200 --reason 'a test of the backup wrote there'",
      ...{ before: 'damage', says: /^copied \d+ events/m },
    },
    {
      command:
        "holdfast copy --kafka HOST:PORT --registry URL --from-topics holdfast-commands,holdfast-events --data data \\\n    --commands-topic commands-2 --events-topic events-2 --past 1200 --reason '...'",
      ...{ on: 'kafka', before: 'damage', says: /^copied \d+ events/m },
    },
    { command: 'holdfast export --data data --out export', says: /events/ },
    {
      command: `python3 -c "import fastavro; print(sum(r['type'] == 'cray.ComponentLocked' for r in fastavro.reader(open('export/events.avro', 'rb'))))"`,
      says: /^\d+$/m,
    },
  ],
  'docs/placement.md': [
    {
      command:
        "P=http://127.0.0.1:28800/placement; A='X-Auth-Token: admin'; V='OpenStack-API-Version: placement 1.38'; J='Content-Type: application/json'",
      before: 'serve',
    },
    { command: 'R=4e8e5957-649f-477b-9e5b-f1f75b21c03c; C=599ffd2d-526a-4b2e-8683-f13ad25f9958' },
    {
      command: `curl -s -H "$A" -H "$V" -H "$J" $P/resource_providers -d "{\\"name\\":\\"host\\",\\"uuid\\":\\"$R\\"}"`,
      says: /"uuid":"4e8e5957/,
    },
    {
      command: `curl -s -H "$A" -H "$V" -H "$J" -X PUT $P/resource_providers/$R/inventories \\\n     -d '{"resource_provider_generation":0,"inventories":{"VCPU":{"total":4}}}'`,
      says: /"resource_provider_generation":1/,
    },
    {
      command: `curl -s -H "$A" -H "$V" -H "$J" -X PUT $P/allocations/$C -w '%{http_code}\\n' \\\n     -d "{\\"allocations\\":{\\"$R\\":{\\"resources\\":{\\"VCPU\\":4}}},\\"project_id\\":\\"p1\\",\\"user_id\\":\\"u1\\",\\"consumer_generation\\":null,\\"consumer_type\\":\\"LOCK\\"}"`,
      says: /^204$/m,
    },
    { command: 'curl -s -H "$A" -H "$V" $P/resource_providers/$R/usages', says: /"VCPU":4/ },
    { command: 'curl -s -H "$A" -H "$V" -X DELETE $P/allocations/$C', says: /^$/ },
  ],
  'docs/audit.md': [
    { command: 'A=http://127.0.0.1:28800/audit' },
    { command: 'curl -s "$A/components/x0c0s0b0n0/history"', says: /"Type":"cray.ReservationCreated"/ },
    {
      command: 'curl -s "$A/components/x0c0s0b0n0/history?types=cray.RequestRefused&from=2026-01-31T12:00:00Z"',
      says: /refused, as it is reserved/,
    },
    { command: 'curl -s "$A/holders?age=7d"', says: /"Holders":\[\]/ },
    { command: 'curl -s "$A/holders?role=Management&kind=lock"', says: /"Holders":\[\]/ },
    { command: 'curl -s "$A/status?at=22"', says: /"ID":"x0c0s0b0n0"/ },
    { command: 'curl -s "$A/status?at=$(date -u +%FT%TZ)&group=blue&locked=true"', says: /"ID":"x0c0s2b0n0"/ },
    { command: 'curl -s "$A/requests?actor=alice&outcome=refused"', says: /"Requests":\[\]/ },
    { command: 'curl -s "$A/events?from=-10"', says: /(\{"Sequence":.*\n){10}/ },
    {
      command: 'curl -sN "$A/events?follow=true&types=cray.ComponentLocked"',
      says: /"Type":"cray.ComponentLocked"/,
      endless: true,
    },
    {
      command: `curl -sN -H 'Accept: text/event-stream' -H 'Last-Event-ID: 20' "$A/events"`,
      says: /^id: 21\ndata: /m,
      endless: true,
    },
    { command: 'curl -s "$A/consumers/599ffd2d-526a-4b2e-8683-f13ad25f9958/history"', says: /4 VCPU of 4e8e5957/ },
    {
      command: 'curl -s "$A/providers/4e8e5957-649f-477b-9e5b-f1f75b21c03c/history?types=placement.ProviderAllocated"',
      says: /4 VCPU allocated to 599ffd2d/,
    },
    { command: 'curl -s "$A/holders?module=placement&resourceClass=VCPU&age=7d"', says: /"Holders":\[\]/ },
    {
      command: 'curl -s "$A/holders?module=placement&provider=4e8e5957-649f-477b-9e5b-f1f75b21c03c&project=p1"',
      says: /"Holders":\[\]/,
    },
    { command: 'curl -s "$A/status?module=placement&at=22"', says: /"Providers":\[\]/ },
    {
      command: 'curl -s "$A/events?uuid=599ffd2d-526a-4b2e-8683-f13ad25f9958"',
      says: /"Type":"placement.ConsumerDeleted"/,
    },
    { command: 'npx holdfast history x0c0s0b0n0', says: /reserved for 5 minutes/ },
    { command: 'npx holdfast history 599ffd2d-526a-4b2e-8683-f13ad25f9958', says: /4 VCPU of/ },
    { command: 'npx holdfast holders --age 7d', says: /^0 components/m },
    { command: 'npx holdfast holders --module placement --project p1', says: /^0 / },
    { command: 'npx holdfast at 22 x0c0s0b0n0', says: /x0c0s0b0n0/ },
    { command: 'npx holdfast at 22 --module placement', says: /0 / },
    { command: 'npx holdfast tail --from 1 --no-follow', says: /x0c0s0b0n0 +written to the inventory by/ },
    {
      command:
        'npx holdfast rebuild --kafka 127.0.0.1:29092 --registry http://127.0.0.1:28081/apis/ccompat/v7 --postgres postgres://127.0.0.1/holdfast',
      ...{ on: 'kafka', says: /history/ },
    },
    { command: 'npx holdfast rebuild history --data data', says: /history/, before: 'stop' },
  ],
};
