import { describeApp } from './support/scenario.ts';

describeApp('the app');
