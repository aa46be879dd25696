import type { NodeEstimate } from '../contract/estimate.ts';
import type { Model } from '../families/model.ts';
import { fitMask, fitPicture } from '../images/fit.ts';
import type { Mask } from '../images/mask.ts';
import type { Picture } from '../images/picture.ts';
import { resizeMask, type Size } from '../images/resize.ts';
import { IMAGE_TO_IMAGE, type ImageToImageRequest, imageToImage } from '../pipelines/image-to-image.ts';
import { within } from '../pipelines/stage.ts';
import { estimateTextToImage, imageSeed, type TextToImageRequest } from '../pipelines/text-to-image.ts';
import type { EstimateContext, NodeContext } from './context.ts';
import { type DrawingValues, drawingRequest, drawnPictures } from './drawing.ts';
import { COUNT, MEMORY, OWN, PROMPTS, SAMPLING, side } from './drawing-inputs.ts';
import { drawingSize } from './drawing-size.ts';
import { float } from './ports.ts';

const PICTURES_OWN = { value: OWN.value, title: "the picture's own", fromModel: false };
const FOLLOWS = 'By default that of the picture, made smaller if the model cannot draw it well.';

export const strength = (byDefault: number) =>
  float({
    title: 'Strength',
    description: 'How far from the picture: near 0 hardly anything changes, at 1 nearly nothing of it is left.',
    default: byDefault,
    min: 0.01,
    max: 1,
    step: 0.05,
  });

/** What nodes that draw over a picture take besides the picture. @param usualStrength the default */
export const overInputs = (usualStrength: number) => ({
  ...PROMPTS,
  strength: strength(usualStrength),
  width: side('Width', FOLLOWS, PICTURES_OWN),
  height: side('Height', FOLLOWS, PICTURES_OWN),
  ...SAMPLING,
  ...COUNT,
  ...MEMORY,
});

/** What drawing over the first of the pictures will need. */
export function estimateOver(
  inputs: DrawingValues & Size & { readonly image: readonly Picture[] },
  context: EstimateContext,
): Promise<NodeEstimate> {
  const size = estimatedSize(inputs.image, inputs.model, inputs);
  return estimateTextToImage({ ...drawingRequest(inputs, size), parts: IMAGE_TO_IMAGE }, context);
}

interface Over {
  readonly image: readonly Picture[];
  readonly mask?: Mask;
  readonly strength: number;
}

/**
 * Draws over each of the pictures, as many times as the request says; the seeds go on from one to the next.
 *
 * @param request of one of them; its size may leave the choice to us
 */
export async function drawOver(request: TextToImageRequest, over: Over, context: NodeContext): Promise<Picture[]> {
  const { image, mask, strength } = over;
  const drawn: Picture[] = [];
  for (const [index, picture] of image.entries()) {
    const own: ImageToImageRequest = {
      ...request,
      ...fitted(picture, mask, request, context),
      seed: imageSeed(request.seed, index * request.count),
      strength,
    };
    const share = within(context, index / image.length, (index + 1) / image.length);
    const stage = { ...share, kept: named(share.kept, String(index)) };
    drawn.push(...drawnPictures(await imageToImage(own, stage), own, { strength }));
  }
  return drawn;
}

/** The picture and its mask in the size that is drawn, which the person is told of where it differs much. */
function fitted(picture: Picture, mask: Mask | undefined, request: TextToImageRequest, context: NodeContext) {
  const size = drawingSize(picture, request.model, request);
  if (picture.width > 2 * size.width || picture.height > 2 * size.height) {
    context.warning(
      `The picture is ${sizeWords(picture)} pixels large and is drawn at ${sizeWords(size)}. Set width and height for another size.`,
      'image',
    );
  }
  return { ...size, picture: fitPicture(picture, size), mask: mask && fitMask(maskFor(picture, mask, context), size) };
}

/** The mask in the picture's size. */
export function maskFor(picture: Size, mask: Mask, { warning }: Pick<NodeContext, 'warning'>): Mask {
  if (mask.width === picture.width && mask.height === picture.height) return mask;
  warning(
    `The mask is ${sizeWords(mask)} pixels large and the picture ${sizeWords(picture)}: the mask was stretched over it. Make both the same size to choose exactly.`,
    'mask',
  );
  return resizeMask(mask, picture);
}

/** What an estimate looks at: the first of the pictures. Without one, the model's own size. */
export function estimatedSize(image: readonly Picture[] | undefined, model: Model, wished: Size): Size {
  const [picture] = image ?? [];
  return drawingSize(picture && picture.width > 0 ? picture : model.defaults, model, wished);
}

function named(kept: NodeContext['kept'], name: string): NodeContext['kept'] {
  return (what, compute) => kept(`${what} ${name}`, compute);
}

function sizeWords({ width, height }: Size): string {
  return `${width} × ${height}`;
}
