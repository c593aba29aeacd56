/**
 * V8 optimises what has run four times as long as by default. Most commands end within seconds, of which its optimising
 * compiler took a third; what runs for longer is optimised a moment later.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--interrupt-budget=300000');
