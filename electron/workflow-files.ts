import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { HeadroomError } from '../engine/contract/errors.ts';
import { withImagePaths } from '../engine/contract/image-paths.ts';
import { readWorkflowText } from '../engine/contract/migrations.ts';
import { readPngText, WORKFLOW_KEYWORD } from '../engine/contract/png-metadata.ts';
import type { Workflow } from '../engine/contract/workflow.ts';
import { writeAtomically } from './atomic-write.ts';
import { fileProblem } from './file-problem.ts';
import type { FileOutcome, OpenedWorkflow } from './ipc/contract.ts';
import type { KnownPictures } from './known-pictures.ts';

/** Far above any document; a file this large was not meant. */
const MAX_DOCUMENT_BYTES = 64 * 1024 ** 2;
const MAX_PICTURE_BYTES = 1024 ** 3;

/** Asks the person for a file; null where they close the dialog. */
export interface FileDialogs {
  chooseWorkflow(): Promise<string | null>;
  /** @param suggestion a file name, or a path */
  chooseTarget(suggestion: string): Promise<string | null>;
}

/** Documents on disk. */
export class WorkflowFiles {
  private readonly dialogs: FileDialogs;
  private readonly pictures: Pick<KnownPictures, 'find'>;
  /** Files that the person chose or opened: the window may write to no other. */
  private readonly granted = new Set<string>();

  /** @param pictures where those are that the workflows inside pictures name */
  constructor(dialogs: FileDialogs, pictures: Pick<KnownPictures, 'find'>) {
    this.dialogs = dialogs;
    this.pictures = pictures;
  }

  /** Opens a document, or the one inside a picture; with null the person is asked which. */
  async open(filePath: string | null): Promise<FileOutcome<OpenedWorkflow>> {
    const chosen = filePath ?? (await this.dialogs.chooseWorkflow());
    if (chosen === null) return { outcome: 'cancelled' };
    return await attempt(() => this.read(chosen));
  }

  /**
   * Reads a document, or the one inside a picture, which then has no file of its own.
   * @throws HeadroomError `file` or `input` with the reason
   */
  async read(filePath: string): Promise<OpenedWorkflow> {
    const resolved = path.resolve(filePath);
    const isPicture = path.extname(resolved).toLowerCase() === '.png';
    const bytes = await readBounded(resolved, isPicture ? MAX_PICTURE_BYTES : MAX_DOCUMENT_BYTES);
    if (isPicture) return { path: null, workflow: this.inPicture(bytes, path.dirname(resolved)) };
    const document = readWorkflowText(bytes.toString('utf8').replace(/^\uFEFF/, ''));
    const workflow = withImagePaths(document, (image) => path.resolve(path.dirname(resolved), image));
    this.granted.add(resolved);
    return { path: resolved, workflow };
  }

  /** Saves a document to its file; with null, or a file that the person never chose, they are asked where. */
  async save(filePath: string | null, workflow: Workflow): Promise<FileOutcome<{ path: string }>> {
    const known = filePath !== null && this.granted.has(path.resolve(filePath));
    const target = known ? path.resolve(filePath) : await this.dialogs.chooseTarget(filePath ?? fileName(workflow));
    if (target === null) return { outcome: 'cancelled' };
    return await attempt(async () => {
      // Beside the old file, then renamed over it: a full disk or a power cut leaves the old one whole.
      await writeAtomically(target, `${JSON.stringify(workflow, null, 2)}\n`).catch((cause) => {
        throw new HeadroomError('file', `${target} was not saved: ${fileProblem(cause)}.`, { cause });
      });
      this.granted.add(target);
      return { path: target };
    });
  }

  /** The document inside a picture that Headroom made. */
  async fromPicture(bytes: Uint8Array): Promise<FileOutcome<OpenedWorkflow>> {
    return await attempt(async () => ({ path: null, workflow: this.inPicture(bytes, null) }));
  }

  private inPicture(bytes: Uint8Array, folder: string | null): Workflow {
    return withImagePaths(workflowInPicture(bytes), (image) => this.pictures.find(image, folder));
  }
}

/** @throws HeadroomError `input` for a picture without one */
function workflowInPicture(bytes: Uint8Array): Workflow {
  const texts = readPngText(bytes);
  if (!texts) throw new HeadroomError('input', 'This is not a PNG picture.');
  const text = texts.get(WORKFLOW_KEYWORD);
  if (text === undefined) {
    throw new HeadroomError(
      'input',
      'This picture holds no workflow: Headroom did not make it, or another program saved it again.',
    );
  }
  return readWorkflowText(text);
}

async function readBounded(filePath: string, maxBytes: number): Promise<Buffer> {
  try {
    const { size } = await stat(filePath);
    if (size <= maxBytes) return await readFile(filePath);
  } catch (cause) {
    throw new HeadroomError('file', `${filePath} cannot be opened: ${fileProblem(cause)}.`, { cause });
  }
  throw new HeadroomError('file', `${filePath} cannot be opened: it is far too large for a workflow.`);
}

async function attempt<T>(action: () => Promise<T>): Promise<FileOutcome<T>> {
  try {
    return { outcome: 'done', value: await action() };
  } catch (error) {
    if (error instanceof HeadroomError) return { outcome: 'failed', message: error.message };
    throw error;
  }
}

/** A file name made from the document's. */
function fileName({ name }: Workflow): string {
  const plain = (name ?? '').replace(/[^\p{L}\p{N}._-]+/gu, ' ').trim();
  return `${plain.slice(0, 80) || 'workflow'}.json`;
}
