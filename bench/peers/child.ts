/** The process of one peer, which answers requests one at a time. */
import { timed } from '../interleave.ts';
import type { Answer, Answers, Job, Peer, PeerName, Request } from './protocol.ts';

const START: Readonly<Record<PeerName, () => Promise<Peer>>> = {
  'onnxruntime-node': async () => (await import('./onnxruntime.ts')).start(),
  tfjs: async () => (await import('./tfjs.ts')).start(),
  'jax-js': async () => (await import('./jax.ts')).start(),
};

let peer: Peer;
const jobs: (Job | undefined)[] = [];

async function answer(request: Request): Promise<Answers[keyof Answers]> {
  if (request.do === 'start') {
    peer = await START[request.peer]();
    return peer.version;
  }
  if (request.do === 'open') return jobs.push(await peer.open(request.task)) - 1;
  const job = jobs[request.job]!;
  switch (request.do) {
    case 'run':
      return timed(request.repeats, async () => {
        for (let i = 0; i < request.repeats; i++) await job.run();
      });
    case 'read':
      return job.read(request.rows);
    case 'close':
      job.dispose();
      jobs[request.job] = undefined;
      return null;
  }
}

process.on('message', (request: Request) => {
  answer(request).then(
    (value) => process.send!({ value } satisfies Answer),
    (e: unknown) => process.send!({ error: e instanceof Error ? e.message : String(e) } satisfies Answer),
  );
});
// Exit explicitly: libraries hold timers and devices that would keep the process alive.
process.on('disconnect', () => process.exit(0));
