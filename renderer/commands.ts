import { create } from 'zustand';
import type { EventPayload } from '../electron/ipc/contract.ts';

/**
 * What a person can tell the window to do, from a button, a menu item or a shortcut: one name, one handler, so that every
 * way in does the same. Main's menu sends the names of its `command` event.
 *
 * Registered by the document: new, open, save, save-as, run, open-file. By the editor: undo, redo, add-node, show-node.
 * By the shell: stop, settings, recommended-settings, clear-cache, restart-engine.
 */
export type CommandParameters = Record<EventPayload<'command'>, undefined> & {
  'clear-cache': undefined;
  'restart-engine': undefined;
  /** Selects a node and brings it into view. */
  'show-node': { nodeId: string };
  /** Opens a file: a document, or a picture that Headroom made with one inside. */
  'open-file': { path: string };
};
export type CommandName = keyof CommandParameters;
type Arguments<Name extends CommandName> = CommandParameters[Name] extends undefined ? [] : [CommandParameters[Name]];
type Handler<Name extends CommandName> = (...parameter: Arguments<Name>) => unknown;

const handlers = new Map<CommandName, Handler<never>>();

/** Why a command cannot be carried out now, in words for a tooltip; absent where it can. */
const useBlocks = create<Partial<Record<CommandName, string>>>()(() => ({}));

/** Gives a command its handler until the returned function is called. A later registration replaces an earlier one. */
export function registerCommand<Name extends CommandName>(name: Name, handler: Handler<Name>): () => void {
  handlers.set(name, handler);
  return () => {
    if (handlers.get(name) === handler) handlers.delete(name);
  };
}

/**
 * Carries a command out, unless it is blocked or nobody handles it. Answers whether it did. Handlers tell the person of their
 * own failures.
 */
export async function runCommand<Name extends CommandName>(
  name: Name,
  ...parameter: Arguments<Name>
): Promise<boolean> {
  const handler = handlers.get(name) as Handler<Name> | undefined;
  if (!handler || commandBlock(name) !== null) return false;
  await handler(...parameter);
  return true;
}

/** Blocks a command with the reason that its button shows, or frees it with null. */
export function blockCommand(name: CommandName, reason: string | null): void {
  if (commandBlock(name) !== reason) useBlocks.setState({ [name]: reason ?? undefined });
}

/** The reason why a command is blocked now, or null. */
export function commandBlock(name: CommandName): string | null {
  return useBlocks.getState()[name] ?? null;
}

/** `commandBlock` for a component: it renders again when the reason changes. */
export function useCommandBlock(name: CommandName): string | null {
  return useBlocks((blocks) => blocks[name] ?? null);
}
