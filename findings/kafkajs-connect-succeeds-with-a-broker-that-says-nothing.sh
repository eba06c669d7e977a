#!/usr/bin/env bash
# kafkajs 2.2.4, Node 20.20, Linux.
#
# A client is given two brokers, of which the first accepts connections and says nothing, as one that hangs or is suspended does. The first
# request (which versions the broker knows) ends with a timeout; the retry finds the socket open, takes that for being connected, and
# `connect()` resolves, with no answer ever received. From then on each call rejects at once with `Broker not connected`, on the client that
# has just connected, and the second broker is asked nothing, however many retries are allowed. Where nobody listens at the first
# address the second is asked with the next try. Here the second is a server that counts who comes, and says nothing either.
#
# Seen: first=refuses second=asked
#       first=silent connect=resolved then=Broker not connected second=never asked
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent kafkajs@2.2.4
cat > try.mjs <<'JS'
import { createServer } from 'node:net';
import kafkajs from 'kafkajs';

const [first] = process.argv.slice(2);
let askedSecond = false;
const listening = async (come) => {
  const server = createServer((socket) => {
    come();
    socket.on('error', () => {});
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
};
const one = await listening(() => {});
const two = await listening(() => {
  askedSecond = true;
});
const brokers = [one, two].map((server) => `127.0.0.1:${server.address().port}`);
if (first === 'refuses') await new Promise((resolve) => one.close(resolve));
const kafka = new kafkajs.Kafka({
  brokers,
  connectionTimeout: 500,
  requestTimeout: 500,
  retry: { retries: 5, initialRetryTime: 50, maxRetryTime: 100 },
  logLevel: kafkajs.logLevel.NOTHING,
});
const admin = kafka.admin();
const connect = await admin.connect().then(
  () => 'resolved',
  () => 'rejected',
);
const then = await admin.listTopics().then(
  () => 'an answer',
  ({ message }) => message,
);
const silent = first === 'silent' ? `connect=${connect} then=${then} ` : '';
process.stdout.write(`first=${first} ${silent}second=${askedSecond ? 'asked' : 'never asked'}\n`);
process.exit(0);
JS
seen=$(node try.mjs refuses; node try.mjs silent)
echo "$seen"
[ "$seen" = "first=refuses second=asked
first=silent connect=resolved then=Broker not connected second=never asked" ]
