"""Prints the history of one component from Holdfast's topic of events: time, sequence, event, actor.

    python history.py x0c0s0b0n0 --kafka 127.0.0.1:29092 --registry http://127.0.0.1:28081/apis/ccompat/v7

A record's key is its component. Its value is Avro, behind a zero byte and the schema's 4-byte id in the
registry. Not every record counts, as nothing keeps a process that lost the shard from writing a little
longer. So a reader begins at offset 0, and

* follows EpochStarted: the first of a higher epoch names the owner, and events of any other epoch or
  owner are void;
* drops an event whose sequence it has seen: an append that landed twice;
* holds the events of a request until the last one is there; a new epoch voids an incomplete group;
* passes over what is no record of the service (a stranger wrote it): shorter than 5 bytes, another head, or, once SchemasRecorded
  has said which ids the log has, another id. That record is framed by itself: `HF`, a 1 and 2 bytes instead of a zero and 4;
* stops at a gap, at an epoch that nobody announced, or one that repeats what was before it: the topic
  has lost something.

These are rules 4 to 6 of docs/SPEC.md. The service also checks the hash of each group; this does not.
"""

import argparse
import functools
import io
import json
import sys
import urllib.request

import confluent_kafka
import fastavro


class Shard:
    """What counts in one partition. Takes every event, from the first one on."""

    def __init__(self):
        self.epoch, self.owner, self.sequence, self.floor, self.held = 0, "", 0, 0, []

    def take(self, name, event):
        """The events of a request, once this one completes them; else nothing."""
        stamp = event["stamp"]
        if name == "EpochStarted":
            if stamp["epoch"] > self.epoch:
                self.epoch, self.owner, self.floor, self.held = stamp["epoch"], stamp["owner"], self.sequence, []
            return []
        if stamp["epoch"] > self.epoch:
            sys.exit(f"corrupt: nobody announced epoch {stamp['epoch']}")
        if stamp["epoch"] < self.epoch or name == "EpochEnded":
            return []
        if stamp["owner"] != self.owner:
            sys.exit(f"corrupt: two owners of epoch {self.epoch}")
        expected = self.sequence + len(self.held) + 1
        if stamp["sequence"] > expected or stamp["sequence"] <= self.floor:
            sys.exit(f"corrupt: sequence {stamp['sequence']} where {expected} was expected")
        if stamp["sequence"] < expected:
            return []
        self.held.append((name, event))
        if stamp["index"] + 1 < stamp["size"]:
            return []
        group, self.held, self.sequence = self.held, [], expected
        return group


def records(settings, topic):
    """Every record that the topic holds now, with its partition: each of those is a shard, in order."""
    consumer = confluent_kafka.Consumer(settings)
    found = consumer.list_topics(topic, timeout=10).topics[topic]
    if found.error:
        raise confluent_kafka.KafkaException(found.error)
    for number in found.partitions:
        partition = confluent_kafka.TopicPartition(topic, number, 0)
        _, head = consumer.get_watermark_offsets(partition, timeout=10)
        consumer.assign([partition])
        at_end = head == 0
        while not at_end:
            record = consumer.poll(1)
            if record is not None and record.error():
                # The last position may hold nothing to read: a stranger's transaction ends in one that does not.
                at_end = record.error().code() == confluent_kafka.KafkaError._PARTITION_EOF
                if not at_end:
                    raise confluent_kafka.KafkaException(record.error())
            elif record is not None:
                yield number, record
                at_end = record.offset() + 1 >= head
    consumer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("xname")
    parser.add_argument("--kafka", default="127.0.0.1:29092")
    parser.add_argument("--registry", default="http://127.0.0.1:28081/apis/ccompat/v7")
    parser.add_argument("--topic", default="holdfast-events")
    parser.add_argument("-X", metavar="NAME=VALUE", action="append", default=[], help="a setting of librdkafka")
    options = parser.parse_args()

    @functools.lru_cache(maxsize=None)
    def schema(path):
        with urllib.request.urlopen(f"{options.registry}/{path}", timeout=10) as answer:
            return fastavro.parse_schema(json.loads(json.load(answer)["schema"]))

    # The client asks for a group, but this one joins none: it assigns, and commits nothing.
    settings = {"bootstrap.servers": options.kafka, "group.id": "history", "enable.auto.commit": False}
    settings |= {"enable.partition.eof": True, "isolation.level": "read_uncommitted"}
    settings |= {"auto.offset.reset": "error", "log_level": 0} | dict(x.split("=", 1) for x in options.X)
    shards, known = {}, {}
    for number, record in records(settings, options.topic):
        value = record.value() or b""
        ids, wanted = known.get(number), int.from_bytes(value[1:5], "big")
        if len(value) < 5:
            continue
        if value[:3] == b"HF\x01":
            written = schema("subjects/holdfast.engine.SchemasRecorded/versions/1")
        elif value[0] == 0 and (ids is None or wanted in ids):
            written = schema(f"schemas/ids/{wanted}")
        else:
            continue
        event = fastavro.schemaless_reader(io.BytesIO(value[5:]), written)
        for name, fact in shards.setdefault(number, Shard()).take(written["name"].rsplit(".", 1)[-1], event):
            if name == "SchemasRecorded":
                known[number] = {recorded["id"] for recorded in fact["schemas"]}
            if fact.get("xname") == options.xname:
                stamp = fact["stamp"]
                print(stamp["time"].isoformat(timespec="milliseconds"), stamp["sequence"], name, stamp["actor"])


if __name__ == "__main__":
    try:
        main()
    except (confluent_kafka.KafkaException, OSError) as error:
        sys.exit(f"history.py: {error}")
