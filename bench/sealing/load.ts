import { measureHere, type SealingOrder } from './work.ts';

console.log(JSON.stringify(await measureHere((await Bun.stdin.json()) as SealingOrder)));
