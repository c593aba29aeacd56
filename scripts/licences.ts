/** `npm run licences`: prints the packages that come with oftc, and fails where one has a licence that is not allowed. */
import { refused, renderDependencies } from './dependencies-page.ts';
import { lockedPackages } from './shipped.mjs';

console.log(renderDependencies());
const wrong = refused(lockedPackages());
for (const line of wrong) console.error(`not allowed: ${line}`);
process.exitCode = wrong.length === 0 ? 0 : 1;
