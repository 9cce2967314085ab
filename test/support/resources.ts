import { resourcesHere } from '../../src/threads/resources.ts';

/* Prints what is left to this process, as JSON. */
process.stdout.write(JSON.stringify(resourcesHere()));
