import { fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Field, FieldValue } from '../../engine/contract/ports.ts';
import { setModelLibrary } from '../stores/models.ts';
import { exampleModel } from '../testing/examples.ts';
import { installFakeApp } from '../testing/fake-app.ts';
import { renderInWindow, resetWindow } from '../testing/render.tsx';
import { widgetOf } from './index.ts';

afterEach(resetWindow);

/** A field with a label, as a card shows it, and what it told: every value in order, and how often the person was done. */
function show(field: Field, start: FieldValue, automatic?: number) {
  const onChange = vi.fn<(value: FieldValue) => void>();
  const onDone = vi.fn();
  const Widget = widgetOf(field.kind);
  function Bound() {
    const [value, setValue] = useState(start);
    function change(next: FieldValue) {
      onChange(next);
      setValue(next);
    }
    return (
      <>
        <label htmlFor="field">Title</label>
        <Widget
          element={{ id: 'field' }}
          nodeId="node"
          title="Title"
          field={field}
          value={value}
          automatic={automatic}
          onChange={change}
          onDone={onDone}
        />
      </>
    );
  }
  const { user } = renderInWindow(<Bound />);
  const input = screen.getByLabelText<HTMLInputElement>('Title');
  return { user, input, onDone, values: () => onChange.mock.calls.map(([value]) => value) };
}

const width: Field = { kind: 'integer', default: 256, min: 64, max: 2048, step: 8 };
const guidance: Field = { kind: 'float', default: 7.5, min: 0, max: 30, step: 0.5 };
const steps: Field = {
  kind: 'integer',
  default: -1,
  min: 1,
  max: 150,
  step: 1,
  auto: { value: -1, title: "the model's own" },
};

test('what is typed stays as typed, and only values that fit reach the document', async () => {
  const { user, input, values } = show(width, 256);
  await user.clear(input);
  for (const [letter, shown] of [
    ['1', '1'],
    ['0', '10'],
    ['2', '102'],
    ['4', '1024'],
    ['0', '10240'],
  ] as const) {
    await user.type(input, letter, { skipClick: true });
    expect(input.value).toBe(shown);
  }
  expect(values()).toEqual([102, 1024]);
});

test('leaving the field clamps what does not fit, and says so', async () => {
  const { user, input, values, onDone } = show(width, 256);
  await user.clear(input);
  await user.type(input, '9999');
  await user.tab();
  expect(input.value).toBe('2048');
  expect(values().at(-1)).toBe(2048);
  expect(screen.getByRole('status').textContent).toContain('from 64 to 2048');
  expect(onDone).toHaveBeenCalled();
});

test('a fraction in a whole-number field is rounded and told; a comma is a point', async () => {
  const whole = show(width, 256);
  await whole.user.clear(whole.input);
  await whole.user.type(whole.input, '300.6{Enter}');
  expect(whole.values().at(-1)).toBe(301);
  expect(screen.getByRole('status').textContent).toContain('whole number');
  resetWindow();
  const fraction = show(guidance, 7.5);
  await fraction.user.clear(fraction.input);
  await fraction.user.type(fraction.input, '6,25{Enter}');
  expect(fraction.values().at(-1)).toBe(6.25);
});

test('what is no number goes back to the value with a word about it; nothing at all goes back silently', async () => {
  const { user, input, values } = show(width, 256);
  await user.clear(input);
  await user.type(input, 'wide');
  await user.tab();
  expect(input.value).toBe('256');
  expect(values()).toEqual([]);
  expect(screen.getByRole('status').textContent).toContain('“wide” is not a number');
  await user.clear(input);
  await user.tab();
  expect(input.value).toBe('256');
  expect(values()).toEqual([]);
});

test('Escape takes back what was typed, Enter takes it over; both leave the field', async () => {
  const { user, input, values } = show(width, 256);
  await user.clear(input);
  await user.type(input, '512{Escape}');
  expect(input.value).toBe('256');
  expect(values().at(-1)).toBe(256);
  expect(document.activeElement).not.toBe(input);
  await user.clear(input);
  await user.type(input, '512{Enter}');
  expect(values().at(-1)).toBe(512);
  expect(document.activeElement).not.toBe(input);
});

test('arrow keys step, with Shift ten times as far, and stop at the ends', async () => {
  const { user, input, values } = show(width, 250);
  await user.click(input);
  await user.keyboard('{ArrowUp}{ArrowUp}{ArrowDown}{Shift>}{ArrowDown}{ArrowDown}{ArrowDown}{/Shift}');
  expect(values()).toEqual([256, 264, 256, 176, 96, 64]);
});

test('dragging sideways changes a number without taking the focus, and a click takes the focus', async () => {
  const { user, input, values, onDone } = show(guidance, 7.5);
  input.setPointerCapture = () => {};
  await user.pointer([
    { keys: '[MouseLeft>]', target: input, coords: { clientX: 100 } },
    { target: input, coords: { clientX: 117 } },
    { target: input, coords: { clientX: 92 } },
    { keys: '[/MouseLeft]', target: input },
  ]);
  expect(values()).toEqual([8.5, 7]);
  expect(onDone).toHaveBeenCalledTimes(1);
  expect(document.activeElement).not.toBe(input);
  await user.pointer({ keys: '[MouseLeft]', target: input, coords: { clientX: 100 } });
  expect(document.activeElement).toBe(input);
});

test('a field that leaves the choice to Headroom says what is chosen, and emptying it goes back to that', async () => {
  const { user, input, values } = show(steps, -1, 20);
  expect(input.value).toBe('');
  expect(input.placeholder).toBe('20 · auto');
  await user.type(input, '30{Enter}');
  expect(input.value).toBe('30');
  await user.click(screen.getByRole('button', { name: "Title: back to the model's own", hidden: true }));
  expect(values().at(-1)).toBe(-1);
  await user.type(input, '12{Enter}');
  await user.clear(input);
  await user.tab();
  expect(values().at(-1)).toBe(-1);
  expect(input.value).toBe('');
});

test('stepping starts from what Headroom chose', async () => {
  const { user, input, values } = show(steps, -1, 20);
  await user.click(input);
  await user.keyboard('{ArrowUp}');
  expect(values()).toEqual([21]);
});

test('a value that a document written by hand holds is shown, not lost', () => {
  expect(show(width, 'wide').input.value).toBe('wide');
});

test('text is taken over letter by letter, with its lines', async () => {
  const { user, input, values } = show({ kind: 'text', default: '', multiline: true, maxLength: 5 }, '');
  await user.type(input, 'a{Enter}red apple');
  expect(input.value).toBe('a\nred apple');
  expect(values().at(-1)).toBe('a\nred apple');
});

test('Enter leaves a field of one line', async () => {
  const { user, input, onDone } = show({ kind: 'text', default: '', multiline: false, maxLength: 50 }, 'x');
  await user.type(input, 'y{Enter}');
  expect(input.value).toBe('xy');
  expect(onDone).toHaveBeenCalledTimes(1);
});

test('a switch turns over by click and by keyboard', async () => {
  const { user, input, values } = show({ kind: 'boolean', default: false }, false);
  await user.click(input);
  await user.keyboard(' ');
  expect(values()).toEqual([true, false]);
});

test('a choice is made by keyboard', async () => {
  const options = [
    { value: 'ddim', title: 'DDIM' },
    { value: 'euler', title: 'Euler' },
  ];
  const { user, input, values } = show({ kind: 'enum', default: 'ddim', options }, 'ddim');
  input.focus();
  await user.keyboard('{Enter}');
  await screen.findByRole('option', { name: 'Euler' });
  await user.keyboard('{ArrowDown}{Enter}');
  expect(values()).toEqual(['euler']);
});

test('a seed is typed, drawn, or random in every run, and the fixed one comes back', async () => {
  const { user, input, values } = show({ kind: 'seed', default: -1 }, -1);
  const everyRun = screen.getByRole('button', { name: 'New seed in every run' });
  expect(input.value).toBe('');
  expect(everyRun.getAttribute('aria-pressed')).toBe('true');
  await user.type(input, '42{Enter}');
  expect(input.value).toBe('42');
  expect(everyRun.getAttribute('aria-pressed')).toBe('false');
  await user.click(everyRun);
  expect(values().at(-1)).toBe(-1);
  expect(input.value).toBe('');
  await user.click(everyRun);
  expect(values().at(-1)).toBe(42);
  await user.click(screen.getByRole('button', { name: 'Draw a new seed' }));
  expect(values().at(-1)).toSatisfy((seed: number) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32);
});

test('the seed that the last run drew is shown, and kept by a press', async () => {
  const { user, input, values } = show({ kind: 'seed', default: -1 }, -1, 1234);
  expect(input.value).toBe('');
  expect(input.placeholder).toBe('1234');
  await user.click(screen.getByRole('button', { name: 'New seed in every run' }));
  expect(values()).toEqual([1234]);
});

test('models that cannot be used stand last and cannot be chosen; a missing one is marked', async () => {
  const broken = exampleModel({ id: 'broken', title: 'Broken', usable: false, problem: 'The VAE is missing.' });
  setModelLibrary({ state: 'ready', models: [broken, exampleModel()] });
  const { user, input } = show({ kind: 'model', default: 'starter' }, 'gone');
  expect(input.textContent).toContain('gone (not found)');
  expect(input.getAttribute('aria-invalid')).toBe('true');
  input.focus();
  await user.keyboard('{Enter}');
  const options = await screen.findAllByRole('option');
  expect(options.map((option) => option.textContent)).toEqual([
    expect.stringContaining('StarterStable Diffusion 1.5 · float16 · 52 MiB'),
    expect.stringContaining('BrokenThe VAE is missing.'),
  ]);
  expect(options[1]?.getAttribute('aria-disabled')).toBe('true');
});

describe('a picture file', () => {
  const picture: Field = { kind: 'image', default: { path: '' } };

  test('is chosen in the dialog, and shown with its name and size', async () => {
    const app = installFakeApp()
      .answer('image:choose', () => '/photos/cat.jpg')
      .answer('image:show', () => ({ url: 'headroom-image://picture/7', width: 640, height: 480 }));
    const { user, input, values, onDone } = show(picture, { path: '' });
    expect(app.parametersOf('image:show')).toEqual([]);
    await user.click(input);
    expect(values()).toEqual([{ path: '/photos/cat.jpg' }]);
    expect(onDone).toHaveBeenCalledTimes(1);
    const shown = await screen.findByAltText('cat.jpg');
    expect(shown.getAttribute('src')).toBe('headroom-image://picture/7');
    screen.getByText('640 × 480');
  });

  test('stays as it is where the dialog is closed', async () => {
    installFakeApp()
      .answer('image:choose', () => null)
      .answer('image:show', () => ({ url: 'x:y', width: 1, height: 1 }));
    const { user, input, values } = show(picture, { path: '/photos/cat.jpg' });
    await user.click(input);
    expect(values()).toEqual([]);
  });

  test('is taken when it is dropped, and the window leaves it alone', () => {
    installFakeApp().answer('image:show', () => ({ url: 'x:y', width: 1, height: 1 }));
    const { input, values } = show(picture, { path: '' });
    const isLeft = fireEvent.drop(input, { dataTransfer: { files: [new File([], 'dog.png')], types: ['Files'] } });
    expect(isLeft).toBe(false);
    expect(values()).toEqual([{ path: '/dropped/dog.png' }]);
  });

  test('says why it cannot be shown', async () => {
    installFakeApp().answer('image:show', () => {
      throw new Error('notes.txt is not a PNG, JPEG or WebP picture.');
    });
    show(picture, { path: '/notes.txt' });
    await screen.findByText('notes.txt is not a PNG, JPEG or WebP picture.');
  });
});

test('a part is chosen from its like and from whole models, or nothing is', async () => {
  const vae = exampleModel({ id: 'fix', kind: 'vae', title: 'Fix', familyTitle: null, precision: null });
  const lora = exampleModel({ id: 'ink', kind: 'lora', title: 'Ink' });
  const bare = exampleModel({ id: 'bare', title: 'Bare', usable: false, needs: ['vae'], problem: 'It has no vae.' });
  setModelLibrary({ state: 'ready', models: [bare, vae, lora, exampleModel()] });
  const { user, input, values } = show(
    { kind: 'model', default: '', of: 'vae', builtIn: { value: '', title: "The model's own" } },
    '',
  );
  expect(input.textContent).toContain("The model's own");
  input.focus();
  await user.keyboard('{Enter}');
  const titles = (await screen.findAllByRole('option')).map((option) => option.textContent);
  expect(titles).toEqual([
    "The model's own",
    expect.stringMatching(/^Bare/),
    expect.stringMatching(/^Fix/),
    expect.stringMatching(/^Starter/),
  ]);
  await user.click(screen.getByRole('option', { name: /^Fix/ }));
  expect(values()).toEqual(['fix']);
});

test('a model that needs parts can be chosen', async () => {
  const bare = exampleModel({ id: 'bare', title: 'Bare', usable: false, needs: ['vae'], problem: 'It has no vae.' });
  setModelLibrary({ state: 'ready', models: [bare, exampleModel()] });
  const { user, input, values } = show({ kind: 'model', default: 'starter' }, 'starter');
  input.focus();
  await user.keyboard('{Enter}');
  await user.click(await screen.findByRole('option', { name: /^Bare/ }));
  expect(values()).toEqual(['bare']);
});
