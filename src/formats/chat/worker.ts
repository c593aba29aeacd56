/** The worker thread that renders chat templates. */
import { workerData } from 'node:worker_threads';
import { workerSide } from '../patterns/deadline.ts';
import { answer, type RenderRequest } from './answer.ts';

const { port, step, reply } = workerSide(workerData);

port.on('message', (request: RenderRequest) => {
  const answered = answer(request, step);
  step(0);
  reply(answered);
});
