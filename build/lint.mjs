// `npm run lint`: everything that can be said about the code without running it.
import { runStages } from './run-stages.mjs';
import { staticStages } from './stages.mjs';

await runStages(staticStages);
