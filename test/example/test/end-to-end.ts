import type { EndToEndPart } from '../../e2e/module.js';

const instrument = 'microscope-1';

export const exampleEndToEnd: EndToEndPart = {
  tried: [{ file: 'example.yaml', operationsMin: 4, method: 'get', path: '/claims', status: '200' }],
  write: {
    method: 'POST',
    path: '/example/returns',
    body: JSON.stringify({ instrument, claim: 'none' }),
    headers: {},
    statusIn: ({ status }) => status,
  },
  withheld: {
    async session(url, headers) {
      const body = JSON.stringify({ instrument, seconds: 60 });
      const json = { 'content-type': 'application/json' };
      const { status } = await fetch(`${url}/example/claims`, {
        method: 'POST',
        headers: { ...headers, ...json },
        body,
      });
      if (status !== 201) throw new Error(`a claim was answered with ${status}`);
      // A claim is no secret.
      return [];
    },
    resources: [{ path: 'instruments', id: instrument }],
    filters: [`instrument=${instrument}`],
  },
  secrets: null,
};
