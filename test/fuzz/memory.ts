import type { Stage } from './stage.ts';
export function checkMemory(_: Stage): void {}
