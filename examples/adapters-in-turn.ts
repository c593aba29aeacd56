/** Two adapters on one model: each continues a prompt, and then both together. */
import { planFolder } from 'oftc';
import { loadModel } from 'oftc/models';

const model = await loadModel('shakespeare-llama', {
  adapters: { bible: 'run/adapter', letters: 'other/adapter' },
  compose: ['bible', 'letters'],
  plans: planFolder(),
});
for (const name of [undefined, ...model.names]) {
  model.use(name);
  console.log(name ?? 'base', await model.continue('And God said', { tokens: 40 }));
}
model.dispose();
