import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { CallResults, FileOutcome, OpenedWorkflow } from '../../electron/ipc/contract.ts';
import type { NodeDescriptor } from '../../engine/contract/node.ts';
import { runCommand } from '../commands.ts';
import { setField } from '../graph/edits.ts';
import { documentTitle, useDocument } from '../stores/document.ts';
import { setNodeDescriptors } from '../stores/engine.ts';
import { edit, isModified, undo, useGraph } from '../stores/graph.ts';
import { currentDocument, inCard, openEditor, resetEditor, selectNodes } from '../testing/editor.tsx';
import { exampleNodes, exampleWorkflow } from '../testing/example-nodes.ts';
import { exampleJob } from '../testing/examples.ts';
import type { FakeApp } from '../testing/fake-app.ts';

afterEach(resetEditor);

const apples: OpenedWorkflow = { path: '/home/me/apples.json', workflow: { ...exampleWorkflow(), name: 'Old name' } };
const change = (prompt = 'pear') => act(() => edit((draft) => setField(draft, 'generate', 'prompt', prompt)));
const prompt = () => currentDocument().nodes.generate?.inputs.prompt;
const modified = () => isModified(useGraph.getState());
const lastTitle = (app: FakeApp) => app.parametersOf('window:document').at(-1);

/** An editor in which opening gives `result`, and the question about changes is answered with `answer`. */
async function editorThatOpens(
  result: FileOutcome<OpenedWorkflow>,
  answer: CallResults['window:confirm-discard'] = 'discard',
) {
  return await openEditor(undefined, (app) =>
    app
      .answer('workflow:open', () => result)
      .answer('window:confirm-discard', () => answer)
      .answer('workflow:save', () => ({ outcome: 'done', value: { path: '/home/me/saved.json' } })),
  );
}

test('an opened document takes the place of the one before, and names the window', async () => {
  const { app } = await editorThatOpens({ outcome: 'done', value: apples });
  await act(() => runCommand('open'));
  expect(documentTitle()).toBe('apples');
  expect(lastTitle(app)).toEqual({ title: 'apples', path: '/home/me/apples.json', modified: false });
  expect(app.parametersOf('window:confirm-discard')).toEqual([]);
});

test('what cannot be opened replaces nothing and asks nothing; the reason is shown in full', async () => {
  const message = 'This workflow has version 9, made by a newer Headroom. Update Headroom to open it.';
  const { app, user } = await editorThatOpens({ outcome: 'failed', message });
  change();
  await act(() => runCommand('open'));
  expect(screen.getByRole('dialog').textContent).toContain(message);
  expect(prompt()).toBe('pear');
  expect(app.parametersOf('window:confirm-discard')).toEqual([]);
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('dialog')).toBeNull();
});

test.each([
  ['cancel', 'pear', 0],
  ['discard', 'red apple', 0],
  ['save', 'red apple', 1],
] as const)('with unsaved changes the person is asked first: %s', async (answer, expected, saves) => {
  const { app } = await editorThatOpens({ outcome: 'done', value: apples }, answer);
  change();
  await act(() => runCommand('open'));
  expect(app.parametersOf('window:confirm-discard')).toEqual([{ title: 'Text to image' }]);
  expect(app.parametersOf('workflow:save')).toHaveLength(saves);
  expect(prompt()).toBe(expected);
});

test('a save that fails or is called off keeps the changes and the document', async () => {
  const { app } = await editorThatOpens({ outcome: 'done', value: apples }, 'save');
  change();
  app.answer('workflow:save', () => ({ outcome: 'cancelled' }));
  await act(() => runCommand('open'));
  expect(prompt()).toBe('pear');
  app.answer('workflow:save', () => ({
    outcome: 'failed',
    message: '/home/me/a.json was not saved: the disk is full.',
  }));
  await act(() => runCommand('save'));
  expect(screen.getByRole('dialog').textContent).toContain('the disk is full');
  expect(modified()).toBe(true);
});

test('saving goes to the document’s file, and saving as asks for another', async () => {
  const { app } = await editorThatOpens({ outcome: 'done', value: apples });
  await act(() => runCommand('open'));
  change();
  await act(() => runCommand('save'));
  await act(() => runCommand('save-as'));
  expect(app.parametersOf('workflow:save').map(({ path }) => path)).toEqual(['/home/me/apples.json', null]);
  expect(app.parametersOf('workflow:save')[0]?.workflow.nodes.generate?.inputs.prompt).toBe('pear');
  expect(modified()).toBe(false);
  expect(useDocument.getState().path).toBe('/home/me/saved.json');
});

test('what is changed while the file is written is still unsaved afterwards', async () => {
  const { app } = await editorThatOpens({ outcome: 'cancelled' });
  change('pear');
  app.answer('workflow:save', () => {
    edit((draft) => setField(draft, 'generate', 'prompt', 'plum'));
    return { outcome: 'done', value: { path: '/home/me/a.json' } };
  });
  await act(() => runCommand('save'));
  expect(app.parametersOf('workflow:save')[0]?.workflow.nodes.generate?.inputs.prompt).toBe('pear');
  expect(modified()).toBe(true);
});

test('what stands in a field that still has the focus is saved as it will be shown', async () => {
  const { app, user } = await editorThatOpens({ outcome: 'cancelled' });
  const steps = inCard('generate').getByLabelText('Steps');
  await user.clear(steps);
  await user.type(steps, '999');
  await user.keyboard('{Control>}s{/Control}');
  await waitFor(() => expect(app.parametersOf('workflow:save')[0]?.workflow.nodes.generate?.inputs.steps).toBe(150));
});

test('a new document is empty, after the question', async () => {
  const { app } = await editorThatOpens({ outcome: 'cancelled' }, 'cancel');
  change();
  await act(() => runCommand('new'));
  expect(prompt()).toBe('pear');
  app.answer('window:confirm-discard', () => 'discard');
  await act(() => runCommand('new'));
  expect(currentDocument().nodes).toEqual({});
  expect(lastTitle(app)).toEqual({ title: 'Untitled', path: null, modified: false });
});

test('the window closes at once without changes, and after the question with them', async () => {
  const { app } = await editorThatOpens({ outcome: 'cancelled' }, 'cancel');
  app.answer('window:close', () => {});
  change();
  await act(async () => app.emit('close-request', null));
  expect(app.parametersOf('window:close')).toHaveLength(0);
  app.answer('window:confirm-discard', () => 'discard');
  await act(async () => app.emit('close-request', null));
  await waitFor(() => expect(app.parametersOf('window:close')).toHaveLength(1));
  expect(localStorage.getItem('headroom-draft')).toBeNull();
});

test('a run takes the document as it is, under the name of the window', async () => {
  const { app } = await editorThatOpens({ outcome: 'done', value: apples });
  app.answer('queue:add', () => exampleJob());
  await act(() => runCommand('open'));
  change();
  await act(() => runCommand('run'));
  const [parameter] = app.parametersOf('queue:add');
  expect(parameter?.workflow.name).toBe('apples');
  expect(parameter?.workflow.nodes.generate?.inputs.prompt).toBe('pear');
});

test('a document with a problem is not run: the node is shown and marked until it is put right', async () => {
  const { app, user } = await editorThatOpens({ outcome: 'cancelled' });
  act(() => edit((draft) => void draft.edges.shift()));
  await act(() => runCommand('run'));
  expect(app.parametersOf('queue:add')).toEqual([]);
  expect(inCard('generate').getByText(/Model is not connected/)).toBeTruthy();
  selectNodes();
  await user.keyboard('{Control>}z{/Control}');
  expect(inCard('generate').queryByText(/is not connected/)).toBeNull();
});

test('unsaved changes outlive the page', async () => {
  await editorThatOpens({ outcome: 'cancelled' });
  change('plum');
  await waitFor(() => expect(localStorage.getItem('headroom-draft')).toContain('plum'));
  const draft = localStorage.getItem('headroom-draft') ?? '';
  resetEditor();
  localStorage.setItem('headroom-draft', draft);
  const { app } = await editorThatOpens({ outcome: 'cancelled' });
  expect(prompt()).toBe('plum');
  expect(lastTitle(app)?.modified).toBe(true);
});

test('a draft does not hide the document that was asked for: the person decides', async () => {
  const draft = { path: null, workflow: { ...exampleWorkflow(), name: 'Draft' } };
  localStorage.setItem('headroom-draft', JSON.stringify(draft));
  const { app } = await openEditor(undefined, (fake) =>
    fake
      .answer('workflow:initial', () => apples)
      .answer('workflow:open', () => ({ outcome: 'done', value: apples }))
      .answer('window:confirm-discard', () => 'discard'),
  );
  await waitFor(() => expect(documentTitle()).toBe('apples'));
  expect(app.parametersOf('window:confirm-discard')).toEqual([{ title: 'Draft' }]);
});

test('a draft that cannot be read is passed over', async () => {
  localStorage.setItem('headroom-draft', '{"path":null,"workflow":{"nodes":3}}');
  await openEditor();
  expect(prompt()).toBe('red apple');
  expect(modified()).toBe(false);
});

test('edges to nowhere are left out, and saving would change the file', async () => {
  const workflow = exampleWorkflow();
  workflow.edges.push({ from: { node: 'generate', port: 'image' }, to: { node: 'gone', port: 'image' } });
  await openEditor(workflow);
  expect(currentDocument().edges).toHaveLength(2);
  expect(modified()).toBe(true);
});

function drop(file: File) {
  const event = new Event('drop', { bubbles: true, cancelable: true });
  Object.assign(event, { clientX: 40, clientY: 50, dataTransfer: { files: [file], types: ['Files'] } });
  return act(async () => void window.dispatchEvent(event));
}

test('a dropped file is opened by its path, a picture without one by its bytes', async () => {
  const { app } = await editorThatOpens({ outcome: 'done', value: apples });
  app.answer('workflow:from-picture', () => ({ outcome: 'done', value: { ...apples, path: null } }));
  app.pathOf = () => '/home/me/apples.json';
  await drop(new File(['{}'], 'apples.json'));
  await waitFor(() => expect(app.parametersOf('workflow:open')).toEqual([{ path: '/home/me/apples.json' }]));
  app.pathOf = () => '';
  await drop(new File([new Uint8Array([1, 2, 3])], 'apple.png'));
  await waitFor(() => expect(app.parametersOf('workflow:from-picture')[0]?.bytes).toEqual(new Uint8Array([1, 2, 3])));
});

test('a file that the system hands over is opened', async () => {
  const { app } = await editorThatOpens({ outcome: 'done', value: apples });
  await act(async () => app.emit('open-request', { path: '/home/me/apples.json' }));
  await waitFor(() => expect(documentTitle()).toBe('apples'));
});

/** The first bytes of a PNG file of 4 × 3 pixels, which holds no workflow. */
const plainPicture = Uint8Array.from(atob('iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAIAAAAmmv1V'), (letter) =>
  letter.charCodeAt(0),
);

test('a dropped picture without a workflow becomes a node that loads it, one step to undo', async () => {
  const { app } = await editorThatOpens({ outcome: 'done', value: apples });
  app.answer('image:show', () => ({ url: 'headroom-image://picture/1', width: 4, height: 3 }));
  await act(async () => setNodeDescriptors([...exampleNodes, loadImage]));
  const before = Object.keys(currentDocument().nodes);
  await drop(new File([plainPicture], 'photo.png'));
  await waitFor(() => expect(Object.keys(currentDocument().nodes)).toHaveLength(before.length + 1));
  const added = Object.entries(currentDocument().nodes).find(([id]) => !before.includes(id))?.[1];
  expect(added).toMatchObject({ type: 'load_image', inputs: { image: { path: '/dropped/photo.png' } } });
  expect(app.parametersOf('workflow:open')).toEqual([]);
  act(() => undo());
  expect(Object.keys(currentDocument().nodes)).toEqual(before);
});

const loadImage: NodeDescriptor = {
  type: 'load_image',
  title: 'Load Image',
  category: 'Image',
  description: '',
  keywords: [],
  inputs: [
    {
      name: 'image',
      title: 'Picture',
      type: 'image',
      connectable: false,
      required: true,
      field: { kind: 'image', default: { path: '' } },
    },
  ],
  outputs: [{ name: 'image', title: 'Image', type: 'image' }],
  isOutput: false,
  showsImages: false,
};
