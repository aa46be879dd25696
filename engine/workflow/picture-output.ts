import { createHash } from 'node:crypto';
import type { ImageResult } from '../contract/events.ts';
import { WORKFLOW_KEYWORD } from '../contract/png-metadata.ts';
import type { Workflow } from '../contract/workflow.ts';
import { writeNumbered, writeOnce, writeReplacing } from '../images/new-file.ts';
import { parametersText } from '../images/parameters.ts';
import { encodePng, type Picture } from '../images/picture.ts';
import { withPngText } from '../images/png.ts';
import type { PictureOutput } from '../nodes/context.ts';

export interface PictureFolders {
  readonly resultsFolder: string;
  readonly previewFolder: string;
}

/**
 * Part of the names of pictures that nothing else ever has, such as "0003-1f9c02ab" for the third row of a table in one run:
 * drawn again, they replace themselves. Without one, pictures get the next free number.
 */
export type PictureLabel = string | null;

/**
 * Puts a node's pictures out as PNG files that carry the workflow, with the seeds that were drawn, and the settings.
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
  let saved = 0;
  const write = (stem: string, bytes: Uint8Array) => {
    saved += 1;
    if (label === null) return writeNumbered(folders.resultsFolder, stem, '.png', bytes);
    const name = saved === 1 ? `${stem}-${label}.png` : `${stem}-${label}-${saved}.png`;
    return writeReplacing(folders.resultsFolder, name, bytes);
  };
  return {
    async save(picture, stem) {
      result(picture, await write(stem, pngFile(picture, workflow)), 'saved');
    },
    async preview(picture) {
      const bytes = pngFile(picture, workflow);
      const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 24)}.png`;
      result(picture, await writeOnce(folders.previewFolder, name, bytes), 'preview');
    },
  };
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
