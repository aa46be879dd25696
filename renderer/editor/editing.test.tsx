import { act, fireEvent, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { runCommand } from '../commands.ts';
import { currentDocument, inCard, openEditor, resetEditor, selectNodes } from '../testing/editor.tsx';
import { exampleNodes, exampleWorkflow } from '../testing/example-nodes.ts';
import { addNodeAt } from './add-node.ts';
import { selection } from './canvas-store.ts';
import { setAddMenu, setDrawnConnection, useInteraction } from './interaction-store.ts';

afterEach(resetEditor);

const ids = () => Object.keys(currentDocument().nodes);
const selectedIds = () => [...selection().nodes];
const generate = exampleNodes.find((node) => node.type === 'image_generate') ?? exampleNodes[0];
const text = exampleNodes.find((node) => node.type === 'text') ?? exampleNodes[0];

/** A clipboard event at the page, and what it left on the clipboard. */
function clipboard(kind: 'copy' | 'cut' | 'paste', held = '', target: Element = document.body) {
  let content = held;
  const event = new Event(kind, { bubbles: true, cancelable: true });
  function setData(_type: string, value: string) {
    content = value;
  }
  Object.assign(event, { clipboardData: { getData: () => content, setData } });
  act(() => void target.dispatchEvent(event));
  return { content, wasTaken: event.defaultPrevented };
}

test('Delete removes what is selected, Ctrl+Z brings it back, Ctrl+Y removes it again', async () => {
  const { user } = await openEditor();
  selectNodes('save');
  await user.keyboard('{Delete}');
  expect(ids()).toEqual(['model', 'generate']);
  await user.keyboard('{Control>}z{/Control}');
  expect(ids()).toEqual(['model', 'generate', 'save']);
  await user.keyboard('{Control>}y{/Control}');
  expect(ids()).toEqual(['model', 'generate']);
  await user.keyboard('{Control>}z{/Control}{Control>}{Shift>}z{/Shift}{/Control}');
  expect(ids()).toEqual(['model', 'generate']);
});

test('keys in a field are for the field', async () => {
  const { user } = await openEditor();
  selectNodes('generate');
  await user.click(inCard('generate').getByLabelText('Prompt'));
  selectNodes('generate');
  await user.keyboard('{Backspace}{Delete}f{Control>}d{/Control}');
  expect(ids()).toEqual(['model', 'generate', 'save']);
});

test('after a press of a button in the header, keys are still for the canvas', async () => {
  const { user } = await openEditor();
  const header = document.createElement('header');
  const button = header.appendChild(document.createElement('button'));
  document.body.append(header);
  button.focus();
  await user.keyboard('{Control>}a{/Control}{Delete}');
  expect(ids()).toEqual([]);
  header.remove();
});

test('Ctrl+A selects all, Ctrl+D doubles the selection with its inner edges', async () => {
  const { user } = await openEditor();
  await user.keyboard('{Control>}a{/Control}');
  expect(selectedIds()).toEqual(['model', 'generate', 'save']);
  await user.keyboard('{Control>}d{/Control}');
  expect(selectedIds()).toEqual(['model_2', 'generate_2', 'save_2']);
  expect(currentDocument().edges).toHaveLength(4);
  await user.keyboard('{Control>}z{/Control}');
  expect(ids()).toEqual(['model', 'generate', 'save']);
});

test('copying gives a workflow as text, and pasting it gives the nodes under free ids', async () => {
  await openEditor();
  selectNodes('model', 'generate');
  const { content, wasTaken } = clipboard('copy');
  expect(wasTaken).toBe(true);
  expect(JSON.parse(content)).toMatchObject({ format: 'headroom-workflow', edges: [{ from: { node: 'model' } }] });
  clipboard('paste', content);
  clipboard('paste', content);
  expect(ids()).toEqual(['model', 'generate', 'save', 'model_2', 'generate_2', 'model_3', 'generate_3']);
  const places = ids().map((id) => JSON.stringify(currentDocument().nodes[id]?.position));
  expect(new Set(places).size).toBe(places.length);
  expect(selectedIds()).toEqual(['model_3', 'generate_3']);
});

test('cutting copies and deletes', async () => {
  await openEditor();
  selectNodes('save');
  const { content } = clipboard('cut');
  expect(ids()).toEqual(['model', 'generate']);
  clipboard('paste', content);
  expect(currentDocument().nodes.save?.title).toBe('Keep it');
});

test('with nothing selected, in a field, or with other text on the clipboard, the document stays', async () => {
  await openEditor();
  expect(clipboard('copy').wasTaken).toBe(false);
  selectNodes('save');
  expect(clipboard('copy', '', inCard('generate').getByLabelText('Prompt')).wasTaken).toBe(false);
  clipboard('paste', 'hello');
  clipboard('paste', '{"format":"headroom-workflow","version":99}');
  expect(ids()).toEqual(['model', 'generate', 'save']);
});

test('F2 renames the selected node; Escape keeps the old name', async () => {
  const { user } = await openEditor();
  selectNodes('generate');
  await user.keyboard('{F2}');
  await user.keyboard('Apples{Escape}');
  expect(currentDocument().nodes.generate?.title).toBeUndefined();
  await user.keyboard('{F2}');
  await user.keyboard('Apples{Enter}');
  expect(currentDocument().nodes.generate?.title).toBe('Apples');
  expect(screen.getByRole('group', { name: 'Apples' })).toBeTruthy();
});

test('the add-node menu finds a node by a keyword and adds it by keyboard', async () => {
  const { user } = await openEditor();
  await act(() => runCommand('add-node'));
  await user.keyboard('vram{Enter}');
  expect(ids()).toEqual(['model', 'generate', 'save', 'clear_cache']);
  expect(selectedIds()).toEqual(['clear_cache']);
  expect(useInteraction.getState().addMenu).toBeNull();
});

test('for a connection that was dropped, it offers only nodes that fit', async () => {
  await openEditor();
  const at = { x: 0, y: 0 };
  act(() => setAddMenu({ screen: at, canvas: at, pending: { node: 'generate', port: 'image', side: 'output' } }));
  const offered = screen.getAllByRole('option').map((option) => option.textContent);
  expect(offered).toEqual([expect.stringContaining('Clear Cache'), expect.stringContaining('Save Image')]);
});

test('a node for a dropped connection is added and connected in one step, in the place of an older edge', async () => {
  const workflow = exampleWorkflow();
  workflow.nodes.text = { type: 'text', inputs: {} };
  workflow.edges.push({ from: { node: 'text', port: 'text' }, to: { node: 'generate', port: 'prompt' } });
  await openEditor(workflow);
  if (!text || !generate) throw new Error('the examples lack a node');
  act(() => addNodeAt(text, { x: 0, y: 0 }, { node: 'generate', port: 'prompt', side: 'input' }));
  const into = currentDocument().edges.filter(({ to }) => to.port === 'prompt');
  expect(into.map(({ from }) => from.node)).toEqual(['text_2']);
  await act(() => runCommand('undo'));
  expect(ids()).not.toContain('text_2');
  expect(currentDocument().edges).toHaveLength(3);
});

test('nodes added in one place do not hide each other', async () => {
  await openEditor();
  if (!generate) throw new Error('the examples lack a node');
  act(() => addNodeAt(generate, { x: 401, y: 3 }, null));
  expect(currentDocument().nodes.generate_2?.position).toEqual({ x: 430, y: 30 });
});

test('while a connection is drawn, ports that it fits stand out and the others step back', async () => {
  await openEditor();
  const part = (node: string, port: string) =>
    document.querySelector(`[data-node-id="${node}"] [data-handleid="${port}"]`)?.getAttribute('data-part');
  const problemOf = ({ port }: { port: string }) => (port === 'model' ? null : 'does not fit');
  act(() => setDrawnConnection({ node: 'model', port: 'model', side: 'output', problemOf }));
  expect([
    part('model', 'model'),
    part('generate', 'model'),
    part('generate', 'prompt'),
    part('generate', 'image'),
  ]).toEqual(['begun', 'fits', 'refused', 'refused']);
  act(() => setDrawnConnection(null));
  expect(part('generate', 'model')).toBeNull();
});

test('the right button offers what can be done to a node', async () => {
  const { user } = await openEditor();
  fireEvent.contextMenu(inCard('generate').getByText('Image Generate'));
  await user.click(await screen.findByRole('menuitem', { name: /^Duplicate/ }));
  expect(ids()).toContain('generate_2');
});

test('before the engine told its nodes the editor waits, and says where it stands', async () => {
  await openEditor();
  const { setNodeDescriptors } = await import('../stores/engine.ts');
  act(() => setNodeDescriptors([]));
  expect(screen.getByText('Starting the engine')).toBeTruthy();
  act(() => setNodeDescriptors(exampleNodes));
  expect(inCard('generate').getByLabelText<HTMLTextAreaElement>('Prompt').value).toBe('red apple');
});
