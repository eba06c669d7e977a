import { ApiError } from '../errors.js';
import { type ApiForm, pathOf, problemNotServed } from '../form.js';
import { sendProblem } from '../replies.js';
import { dialectOf, hsm } from './dialect.js';

/** As hms-smd answers in its dialect, with a problem elsewhere. */
export const crayNotServed: ApiForm['notServed'] = (request, reply, methods) => {
  if (dialectOf(pathOf(request)) !== hsm) return problemNotServed(request, reply, methods);
  if (request.method !== 'PATCH' || !methods.includes('POST')) {
    return reply.code(404).type('text/plain; charset=utf-8').send('404 page not found\n');
  }
  return sendProblem(reply, new ApiError('method-not-allowed', 'allow POST', { headers: { allow: 'POST' } }));
};
