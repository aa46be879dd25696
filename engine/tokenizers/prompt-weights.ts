/** A piece of a prompt and how much it counts; 1 is as much as without any marks. */
export interface WeightedText {
  readonly text: string;
  readonly weight: number;
}

/** What one pair of brackets does: `(more)` and `[less]`. */
const STEP = 1.1;
/** `\(` and the like are the character itself; a weight closes its bracket: `:1.2)`. */
const TOKEN = /\\[()[\]\\]|:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*\)|[()[\]]/g;

interface Open {
  readonly bracket: '(' | '[';
  /** The first piece inside it. */
  readonly from: number;
}

/**
 * The notation that people weight prompts with: `(a:1.3)` counts 1.3 times, `(a)` 1.1 times, `[a]` 1 / 1.1 times, each inside
 * the others; `\(` is a bracket that is meant. Brackets that have no partner at the end hold to the end, as there
 * (AUTOMATIC1111: modules/prompt_parser.py, parse_prompt_attention). Any text is a prompt.
 */
export function readWeights(prompt: string): readonly WeightedText[] {
  const pieces: { text: string; weight: number }[] = [];
  const open: Open[] = [];
  const add = (text: string) => {
    if (text !== '') pieces.push({ text, weight: 1 });
  };
  const close = ({ from }: Open, factor: number) => {
    for (const piece of pieces.slice(from)) piece.weight *= factor;
  };
  let end = 0;
  for (const { 0: token, 1: weight, index } of prompt.matchAll(TOKEN)) {
    add(prompt.slice(end, index));
    end = index + token.length;
    const last = open.at(-1);
    if (token.startsWith('\\')) add(token.slice(1));
    else if (token === '(' || token === '[') open.push({ bracket: token, from: pieces.length });
    else if (last && weight !== undefined && last.bracket === '(') close(open.pop() as Open, Number(weight));
    else if (last && token === ')' && last.bracket === '(') close(open.pop() as Open, STEP);
    else if (last && token === ']' && last.bracket === '[') close(open.pop() as Open, 1 / STEP);
    else add(token);
  }
  add(prompt.slice(end));
  for (const bracket of open) close(bracket, bracket.bracket === '(' ? STEP : 1 / STEP);
  return joined(pieces);
}

/** Neighbours of one weight are one piece: a word that an escape stands in is tokenized as a whole. */
function joined(pieces: readonly WeightedText[]): readonly WeightedText[] {
  const whole: { text: string; weight: number }[] = [];
  for (const { text, weight } of pieces) {
    const last = whole.at(-1);
    if (last?.weight === weight) last.text += text;
    else whole.push({ text, weight });
  }
  return whole;
}
