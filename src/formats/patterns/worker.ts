/** The worker thread for work that may take very long. */
import { workerData } from 'node:worker_threads';
import { answering, type Request } from './answer.ts';
import { workerSide } from './deadline.ts';

const { port, step, reply } = workerSide(workerData);
const answer = answering(step);

port.on('message', (request: Request) => reply(answer(request)));
