import { type NodeEstimate, rowWords, type WorkflowEstimate } from '../contract/estimate.ts';
import { inWords } from '../memory/words.ts';
import { parseCommand } from './arguments.ts';
import { EXIT_DONE, exitCode } from './exit-codes.ts';
import { onlyWorkflow, openWorkflow, WORKFLOW_OPTIONS } from './open-workflow.ts';
import { errorLines } from './words.ts';

/** `headroom estimate`: what a run will need, stage by stage, and the plan that fits. */
export async function estimateCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand('estimate', args, WORKFLOW_OPTIONS);
  const { engine, workflow } = await openWorkflow(onlyWorkflow('estimate', positionals), values, {
    onLease: () => {},
    onMemory: () => {},
    onLog: (level, message) => process.stderr.write(`${level}: ${message}\n`),
  });
  const estimate = await engine.estimate(workflow);
  process.stdout.write(values.json ? `${JSON.stringify(estimate)}\n` : report(estimate));
  const [problem] = estimate.problems;
  if (problem) return exitCode(problem.code);
  return estimate.fits === 'no' ? exitCode('memory') : EXIT_DONE;
}

function report({ device, budgetBytes, nodes, fits, problems }: WorkflowEstimate): string {
  const lines = [`On ${device}${budgetBytes === null ? '' : `, where ${inWords(budgetBytes)} can be used`}:`];
  for (const [id, estimate] of Object.entries(nodes)) lines.push('', ...nodeLines(id, estimate));
  if (problems.length === 0 && Object.keys(nodes).length === 0) lines.push('', 'Nothing in it needs the device.');
  lines.push('', ...problems.map((problem) => errorLines(problem).trimEnd()));
  if (problems.length === 0) lines.push(VERDICTS[fits]);
  return `${lines.join('\n')}\n`;
}

const VERDICTS: Record<WorkflowEstimate['fits'], string> = {
  yes: 'It fits.',
  tight: 'It fits, with what is said above.',
  no: 'It is not expected to fit. Draw smaller or fewer pictures, or allow more memory.',
  unknown: 'What is free here cannot be read; --vram-limit GIB tells how it would do with so much.',
};

function nodeLines(id: string, estimate: NodeEstimate): string[] {
  const { stages, peakBytes, leastBytes, savings, row } = estimate;
  const width = Math.max(...stages.map(({ component }) => component.length));
  return [
    `${id}: ${inWords(peakBytes)} at its worst moment, ${inWords(leastBytes)} at the very least`,
    ...(row === undefined ? [] : [`  in ${rowWords(estimate)}`]),
    ...stages.map(({ stage, component, weightBytes, activationBytes }) => {
      const weights = `weights ${inWords(weightBytes)}`.padEnd(18);
      return `  ${stage.padEnd(8)} ${component.padEnd(width)}  ${weights} values ${inWords(activationBytes)}`;
    }),
    ...savings.map((saving) => `  Headroom ${saving}.`),
  ];
}
