import { measureHere } from './work.ts';

Object.assign(globalThis, { measureHere });
