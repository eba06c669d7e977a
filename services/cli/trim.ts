import type { GroupFeed, Logger, Runtime, ShardLog } from '@holdfast/log';

/** How often decided commands past their retention are removed from a log that does not do so by itself. */
const trimMs = 3_600_000;

/** Trims now and then; the result ends that. */
export function trimNowAndThen(log: ShardLog, feed: GroupFeed, runtime: Runtime, logger: Logger): () => void {
  let cancel = () => {};
  const again = () => {
    cancel = runtime.after(trimMs, () => {
      log.trim?.('commands', feed.reader.commandPosition).catch((error: unknown) => {
        logger.warn({ error: String(error) }, 'old commands could not be removed');
      });
      again();
    });
  };
  again();
  return () => cancel();
}
