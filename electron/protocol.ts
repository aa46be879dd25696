import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type CustomScheme, protocol } from 'electron';
import { imageHeader } from '../engine/contract/image-header.ts';
import { PICTURE_SCHEME, type PictureRegistry } from './pictures.ts';

const PAGE_SCHEME = 'app';
/** Where the page is loaded from; the only origin whose calls are answered. */
export const PAGE_ORIGIN = `${PAGE_SCHEME}://headroom`;

/**
 * Nothing from the network, no inline script, no plugin, no frame. Styles may be inline because the toasts and the canvas
 * set them at run time; previews of a run are blobs.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  `img-src 'self' data: blob: ${PICTURE_SCHEME}:`,
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** To be called before the app is ready: Chromium learns then what its schemes may do. */
export function declareSchemes(): void {
  const privileges: CustomScheme['privileges'] = { standard: true, secure: true, supportFetchAPI: true };
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges },
    { scheme: PICTURE_SCHEME, privileges },
  ]);
}

/** Serves the page from its folder, and pictures that were registered; both to nobody but this app. */
export function serveSchemes(pageFolder: string, pictures: PictureRegistry): void {
  protocol.handle(PAGE_SCHEME, ({ url }) => pageFile(pageFolder, url));
  protocol.handle(PICTURE_SCHEME, ({ url }) => pictureFile(pictures, url));
}

async function pageFile(folder: string, url: string): Promise<Response> {
  const { pathname } = new URL(url);
  // URL has resolved `..` already; an encoded one would still lead out of the folder.
  const file = path.join(folder, decodeURIComponent(pathname));
  const type = TYPES[path.extname(file)];
  if (!file.startsWith(folder + path.sep) || !type) return notFound();
  return await respond(file, () => ({
    'Content-Type': type,
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
  }));
}

async function pictureFile(pictures: PictureRegistry, url: string): Promise<Response> {
  const file = pictures.resolve(url);
  if (file === null) return notFound();
  // An address is never given to another picture, so what was shown once need not be read again.
  return await respond(file, (bytes) => ({
    'Content-Type': imageHeader(bytes)?.type ?? 'application/octet-stream',
    'Cache-Control': 'max-age=31536000, immutable',
  }));
}

async function respond(file: string, headers: (bytes: Uint8Array) => Record<string, string>): Promise<Response> {
  try {
    const bytes = new Uint8Array(await readFile(file));
    return new Response(bytes, { headers: headers(bytes) });
  } catch {
    return notFound();
  }
}

const notFound = () => new Response('Not found', { status: 404 });
