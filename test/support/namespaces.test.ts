import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNamespace, fuseMissing, type Namespace, namespacesMissing } from './namespaces.js';
import { scratch } from './service.js';

const missing = namespacesMissing();
const withoutFuse = fuseMissing();

describe.skipIf(missing !== null)(missing ?? 'mounts of a test of its own', () => {
  let directory: string;
  let remove: () => Promise<void>;
  let namespace: Namespace;
  beforeAll(async () => {
    ({ directory, remove } = await scratch());
    namespace = await createNamespace();
  });
  afterAll(async () => {
    await namespace.close();
    await remove();
  });
  const at = (name: string) => join(directory, name);

  it('are a small disk that fills up, which nobody else sees', async () => {
    await namespace.tmpfs(at('small'), 1);
    await expect(namespace.sh(`dd if=/dev/zero of=${at('small/file')} bs=1M count=2`)).rejects.toThrow(/No space left/);
    expect((await readFile(namespace.outside(at('small/file')))).length).toBe(1_048_576);
    await expect(readFile(at('small/file'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('show one directory under several names', async () => {
    await Promise.all(['home', 'lower', 'work1', 'work2'].map((name) => mkdir(at(name))));
    await writeFile(at('home/file'), 'here');
    await namespace.bind(at('home'), at('bind'));
    await namespace.overlay({ lower: at('lower'), upper: at('home'), work: at('work1') }, at('overlay1'));
    await namespace.overlay({ lower: at('lower'), upper: at('home'), work: at('work2') }, at('overlay2'));
    for (const name of ['bind', 'overlay1', 'overlay2']) {
      expect(await namespace.sh(`cat ${at(name)}/file`)).toBe('here');
    }
  });

  it.skipIf(withoutFuse !== null)(withoutFuse ?? 'are a FUSE file system', async () => {
    await mkdir(at('served'));
    await writeFile(at('served/file'), 'here');
    await namespace.fuse(at('served'), at('fuse'));
    expect(await namespace.sh(`cat ${at('fuse/file')} && stat -f -c ' %T' ${at('fuse')}`)).toMatch(/^here fuse/);
  });
});
