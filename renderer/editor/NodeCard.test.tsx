import { act, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { RunEvent } from '../../engine/contract/events.ts';
import { setModelLibrary } from '../stores/models.ts';
import { applyRunEvent } from '../stores/run.ts';
import { useUi } from '../stores/ui.ts';
import { card, currentDocument, inCard, openEditor, resetEditor } from '../testing/editor.tsx';
import { exampleWorkflow } from '../testing/example-nodes.ts';
import { exampleImage, exampleModel } from '../testing/examples.ts';

afterEach(resetEditor);

function tell(...events: RunEvent[]) {
  act(() => {
    for (const event of events) {
      const image =
        event.type === 'image' ? exampleImage({ nodeId: event.image.nodeId, path: event.image.path }) : undefined;
      applyRunEvent({ jobId: 'job', event, image }, Date.now() + 1);
    }
  });
}

const start: RunEvent = { type: 'start', runId: 'r', nodes: ['model', 'generate', 'save'] };
const picture = (path: string): RunEvent => ({ type: 'image', image: exampleImage({ path }) });

test('a card is a group named by its title, with the node id, its fields labelled', async () => {
  await openEditor();
  expect(card('generate').getAttribute('role')).toBe('group');
  expect(card('generate').getAttribute('aria-label')).toBe('Image Generate');
  expect(card('save').getAttribute('aria-label')).toBe('Keep it');
  expect(inCard('generate').getByLabelText<HTMLTextAreaElement>('Prompt').value).toBe('red apple');
  expect(inCard('generate').getByLabelText<HTMLInputElement>('Width').value).toBe('256');
});

test('typing into a field changes the document, and leaving it ends the step', async () => {
  const { user } = await openEditor();
  const prompt = inCard('generate').getByLabelText('Prompt');
  await user.type(prompt, ' on a table');
  expect(currentDocument().nodes.generate?.inputs.prompt).toBe('red apple on a table');
});

test('advanced inputs are folded until asked for', async () => {
  const { user } = await openEditor();
  expect(inCard('generate').queryByLabelText('Scheduler')).toBeNull();
  await user.click(inCard('generate').getByText('More'));
  expect(inCard('generate').getByLabelText('Scheduler')).toBeTruthy();
});

test('an advanced input that is not at its default is in sight', async () => {
  const workflow = exampleWorkflow();
  workflow.nodes.generate = { type: 'image_generate', inputs: { scheduler: 'euler', tiling: false } };
  const { user } = await openEditor(workflow);
  expect(inCard('generate').getByLabelText('Scheduler').textContent).toContain('Euler');
  expect(inCard('generate').queryByLabelText('Seamless')).toBeNull();
  await user.click(inCard('generate').getByText('More'));
  expect(inCard('generate').getAllByLabelText('Scheduler')).toHaveLength(1);
  expect(inCard('generate').getByLabelText('Seamless')).toBeTruthy();
});

test('a connected input shows what feeds it instead of a widget, an advanced one too', async () => {
  const workflow = exampleWorkflow();
  workflow.nodes.text = { type: 'text', title: 'My words', inputs: {} };
  workflow.nodes.flag = { type: 'clear_cache', inputs: {} };
  workflow.edges.push(
    { from: { node: 'text', port: 'text' }, to: { node: 'generate', port: 'prompt' } },
    { from: { node: 'flag', port: 'value' }, to: { node: 'generate', port: 'tiling' } },
  );
  await openEditor(workflow);
  expect(inCard('generate').queryByLabelText('Prompt')).toBeNull();
  expect(inCard('generate').getByText('My words')).toBeTruthy();
  expect(inCard('generate').getByText('Seamless')).toBeTruthy();
});

test('a run shows its step, then how long it took, and that a result was used again', async () => {
  await openEditor();
  tell(
    start,
    { type: 'node', nodeId: 'model', state: 'cached' },
    { type: 'node', nodeId: 'generate', state: 'running' },
    { type: 'progress', nodeId: 'generate', phase: 'denoise', fraction: 0.35, detail: 'step 7 of 20' },
  );
  expect(inCard('model').getByText('cached')).toBeTruthy();
  expect(inCard('generate').getByText('step 7 of 20')).toBeTruthy();
  expect(inCard('generate').getByRole('progressbar').getAttribute('aria-valuenow')).toBe('35');
  tell({ type: 'node', nodeId: 'generate', state: 'done', seconds: 4.23 });
  expect(inCard('generate').getByText('4.2 s')).toBeTruthy();
  expect(inCard('generate').queryByRole('progressbar')).toBeNull();
});

test('the picture on its way is shown where the result will be, and nowhere else', async () => {
  await openEditor();
  tell(start, { type: 'node', nodeId: 'generate', state: 'running' });
  tell({ type: 'preview', nodeId: 'generate', jpeg: new Uint8Array([1]) });
  expect(inCard('save').getByAltText('Drawn so far')).toBeTruthy();
  expect(inCard('generate').queryByAltText('Drawn so far')).toBeNull();
});

test('a node whose pictures nothing shows later shows its preview itself', async () => {
  const workflow = exampleWorkflow();
  workflow.edges.pop();
  await openEditor(workflow);
  tell(start, { type: 'preview', nodeId: 'generate', jpeg: new Uint8Array([1]) });
  expect(inCard('generate').getByAltText('Drawn so far')).toBeTruthy();
});

test('pictures open in the viewer, further ones are counted, and they stay until new ones come', async () => {
  const { user } = await openEditor();
  tell(start, ...['/1', '/2', '/3', '/4', '/5', '/6'].map(picture));
  const buttons = () => inCard('save').queryAllByRole('button', { name: /^Open picture/ });
  expect(buttons()).toHaveLength(4);
  expect(inCard('save').getByText('+2')).toBeTruthy();
  await user.click(buttons()[1] as HTMLElement);
  expect(useUi.getState().viewedPicture).toBe('/2');
  tell(start);
  expect(buttons()).toHaveLength(4);
  tell(picture('/7'));
  expect(buttons()).toHaveLength(1);
});

test('a failure is told on the card, or at its field', async () => {
  await openEditor();
  tell(start, { type: 'error', error: { code: 'memory', message: 'Out of memory.', place: { nodeId: 'generate' } } });
  expect(inCard('generate').getByRole('alert').textContent).toBe('Out of memory.');
  tell(start, {
    type: 'error',
    error: { code: 'input', message: 'Steps are too many.', place: { nodeId: 'generate', field: 'steps' } },
  });
  expect(inCard('generate').queryByRole('alert')).toBeNull();
  const field = inCard('generate').getByLabelText('Steps');
  expect(field.getAttribute('aria-invalid')).toBe('true');
  expect(document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent).toBe(
    'Steps are too many.',
  );
});

test('a node of unknown type is drawn, connected and kept', async () => {
  const workflow = exampleWorkflow();
  workflow.nodes.model = { type: 'from_the_future', inputs: { power: 9 }, position: { x: 0, y: 0 } };
  await openEditor(workflow);
  expect(inCard('model').getByText(/no node type “from_the_future”/)).toBeTruthy();
  expect(inCard('model').getByText('model')).toBeTruthy();
  expect(currentDocument().nodes.model).toEqual(workflow.nodes.model);
});

test('a model is chosen from the library', async () => {
  setModelLibrary({ state: 'ready', models: [exampleModel(), exampleModel({ id: 'other', title: 'Other' })] });
  const { user } = await openEditor();
  inCard('model').getByLabelText('Model').focus();
  await user.keyboard('{Enter}');
  await screen.findByRole('option', { name: /Other/ });
  await user.keyboard('{ArrowDown}{Enter}');
  expect(currentDocument().nodes.model?.inputs.model).toBe('other');
});

test('what was done about memory is a badge that tells it, and takes no room of the card', async () => {
  const { user } = await openEditor();
  const recover = (rung: string, message: string): RunEvent => ({
    type: 'recovery',
    nodeId: 'generate',
    rung,
    message,
  });
  tell(
    start,
    recover('single-images', 'Headroom drew one by one.'),
    recover('vae-tiling', 'Headroom decoded in tiles.'),
  );
  const words = inCard('generate').getByText(/2 memory savings in this run/);
  expect(words.textContent).toContain('Headroom drew one by one. Headroom decoded in tiles.');
  expect(inCard('generate').queryByText('Headroom drew one by one.')).toBeNull();
  await user.hover(words);
  expect((await screen.findAllByText('Headroom decoded in tiles.')).length).toBeGreaterThan(0);
});
