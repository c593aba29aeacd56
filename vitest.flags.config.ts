import base from './vitest.config.ts';
const b: any = base;
export default { ...b, test: { ...b.test, maxWorkers: 1, reporters: [['default',{summary:false}]], execArgv: ['--min-semi-space-size=64', '--max-semi-space-size=64', ...process.env.FLAGS.split(' ').filter(Boolean)] } };
