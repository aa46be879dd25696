import { createHash } from 'node:crypto';
import { basename, isAbsolute, relative } from 'node:path';
import type { ImageResult } from '../contract/events.ts';
import { withImagePaths } from '../contract/image-paths.ts';
import { WORKFLOW_KEYWORD } from '../contract/png-metadata.ts';
import type { Workflow } from '../contract/workflow.ts';
import { writeOnce, writeOwn } from '../images/new-file.ts';
import { parametersText } from '../images/parameters.ts';
import { encodePng, type Picture } from '../images/picture.ts';
import { withPngText } from '../images/png.ts';
import type { PictureOutput } from '../nodes/context.ts';

export interface PictureFolders {
  readonly resultsFolder: string;
  readonly previewFolder: string;
}

/** What is in the names of pictures beside their stem: the table's row, if there is one, and what nothing else ever has. */
export interface PictureLabel {
  readonly row: number | null;
  readonly own: string;
}

/**
 * The label of what a node saves in a run, or in one row of it. Pictures that are drawn again, because the engine was lost
 * between a picture's rename and the journal's entry, have the same one and replace themselves.
 */
export function pictureLabel(runId: string, nodeId: string, row: number | null): PictureLabel {
  const hash = createHash('sha256').update(JSON.stringify([runId, nodeId, row]));
  // Of 100,000 pictures in a folder, two have the same 48 bits once in 50,000 folders.
  return { row, own: hash.digest('hex').slice(0, 12) };
}

/**
 * Puts a node's pictures out as PNG files that carry the workflow, with the seeds that were drawn, and the settings. Pictures
 * are for others, too: those that the workflow names, it names without the folders of this computer.
 *
 * @param told hears of each picture once it is on disk
 */
export function pictureOutput(
  nodeId: string,
  workflow: Workflow,
  folders: PictureFolders,
  label: PictureLabel,
  told: (image: ImageResult) => void,
): PictureOutput {
  const result = ({ width, height, settings }: Picture, path: string, kind: ImageResult['kind']) =>
    told({ nodeId, path, kind, width, height, settings });
  const carried = withImagePaths(workflow, (image) => nameOf(image, folders.resultsFolder));
  let saved = 0;
  const write = (stem: string, bytes: Uint8Array) => {
    saved += 1;
    const own = saved === 1 ? label.own : `${label.own}-${saved}`;
    const number = label.row === null ? null : label.row + 1;
    return writeOwn(folders.resultsFolder, { stem, number, own, extension: '.png' }, bytes);
  };
  return {
    async save(picture, stem) {
      result(picture, await write(stem, pngFile(picture, carried)), 'saved');
    },
    async preview(picture) {
      const bytes = pngFile(picture, carried);
      const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 24)}.png`;
      result(picture, await writeOnce(folders.previewFolder, name, bytes), 'preview');
    },
  };
}

/** The path from the results folder for what is in it, else the name. */
function nameOf(image: string, resultsFolder: string): string {
  const inside = relative(resultsFolder, image);
  return isAbsolute(inside) || inside.startsWith('..') ? basename(image) : inside;
}

function pngFile(picture: Picture, workflow: Workflow): Uint8Array {
  const parameters = parametersText(picture);
  return withPngText(
    encodePng(picture),
    new Map([
      [WORKFLOW_KEYWORD, JSON.stringify(workflow)],
      ...(parameters === undefined ? [] : [['parameters', parameters] as const]),
    ]),
  );
}
