import { create } from 'zustand';
import { type GraphProblem, type Known, problemsOf } from '../graph/problems.ts';
import { useGraph } from './graph.ts';
import { useModels } from './models.ts';
import { describeNode } from './node-types.ts';

interface ProblemsState {
  /** What kept the document from running when it was last asked to, as far as it still does. */
  problems: GraphProblem[];
}

/**
 * Problems are looked for when the person wants to run, not while they still build: a half-drawn workflow is no mistake. What
 * was found then goes away as it is put right.
 */
export const useProblems = create<ProblemsState>()(() => ({ problems: [] }));

/** Looks for problems now, marks them on the nodes, and gives them. */
export function checkDocument(): GraphProblem[] {
  const problems = problemsOf(useGraph.getState(), known());
  useProblems.setState({ problems });
  return problems;
}

export function clearProblems(): void {
  useProblems.setState({ problems: [] });
}

/** Takes away marks whose reason is gone, after every change to the document, until the returned function is called. */
export function connectProblems(): () => void {
  return useGraph.subscribe((now, before) => {
    const { problems } = useProblems.getState();
    if (problems.length === 0 || (now.nodes === before.nodes && now.edges === before.edges)) return;
    const left = new Set(problemsOf(now, known()).map(keyOf));
    useProblems.setState({ problems: problems.filter((problem) => left.has(keyOf(problem))) });
  });
}

function known(): Known {
  const { library } = useModels.getState();
  return { describe: describeNode, models: library.state === 'ready' ? library.models : null };
}

function keyOf({ nodeId, field, message }: GraphProblem): string {
  return JSON.stringify([nodeId, field, message]);
}
