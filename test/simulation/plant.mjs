// node --import ./plant.mjs: plants the mistake that HOLDFAST_MISTAKE holds as JSON while modules load.
import { register } from 'node:module';

const source = `
const { file, find, replace } = JSON.parse(process.env.HOLDFAST_MISTAKE);
export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!url.endsWith(file)) return loaded;
  const parts = loaded.source.toString().split(find);
  // Exit code 3: the mistake cannot be planted, so nothing would be proven.
  if (parts.length !== 2) process.exit(3);
  return { ...loaded, source: parts.join(replace) };
}`;
register(`data:text/javascript,${encodeURIComponent(source)}`);
