import { z } from 'zod';

const zBox = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
export type Box = z.infer<typeof zBox>;

/** Where the window was when it was closed. */
export const zWindowPlace = z.object({ bounds: zBox, maximised: z.boolean() });
export type WindowPlace = z.infer<typeof zWindowPlace>;

export const MIN_SIZE = { width: 900, height: 600 } as const;
const DEFAULT_SIZE = { width: 1440, height: 900 } as const;
/** As much of the title bar as a hand needs to drag the window. */
const GRIP = 80;

/**
 * Where to open the window: where it was, if a screen still shows it there, else in the middle of the first screen.
 *
 * @param screens work areas, the main screen first
 */
export function openingPlace(remembered: WindowPlace | null, screens: readonly Box[]): Partial<Box> {
  const { x, y, width, height } = remembered?.bounds ?? { x: 0, y: 0, ...DEFAULT_SIZE };
  const main = screens[0];
  const size = {
    width: Math.max(MIN_SIZE.width, Math.min(width, main?.width ?? width)),
    height: Math.max(MIN_SIZE.height, Math.min(height, main?.height ?? height)),
  };
  const reachable = screens.some(
    (screen) =>
      x + width >= screen.x + GRIP &&
      x <= screen.x + screen.width - GRIP &&
      y >= screen.y &&
      y <= screen.y + screen.height - GRIP,
  );
  return remembered && reachable ? { x, y, width, height } : size;
}
