/** The keyword of the PNG text chunk that holds the workflow which drew the picture, as JSON. */
export const WORKFLOW_KEYWORD = 'headroom-workflow';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;

/**
 * The text chunks of a PNG file by keyword: `tEXt` (Latin-1) and uncompressed `iTXt` (UTF-8). Null for bytes that are not a
 * PNG; a truncated or malformed file gives the chunks before the damage. Chunk layout: PNG specification, third edition,
 * sections 5.3 and 11.3.3.
 */
export function readPngText(bytes: Uint8Array): Map<string, string> | null {
  if (SIGNATURE.some((byte, index) => bytes[index] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts = new Map<string, string>();
  for (let offset = SIGNATURE.length; offset + 12 <= bytes.length; ) {
    const end = offset + 8 + view.getUint32(offset);
    if (end + 4 > bytes.length) break;
    const text = readTextChunk(latin1(bytes.subarray(offset + 4, offset + 8)), bytes.subarray(offset + 8, end));
    if (text) texts.set(text.keyword, text.text);
    offset = end + 4;
  }
  return texts;
}

function readTextChunk(type: string, data: Uint8Array): { keyword: string; text: string } | null {
  const keywordEnd = data.indexOf(0);
  if (keywordEnd < 1) return null;
  const keyword = latin1(data.subarray(0, keywordEnd));
  if (type === 'tEXt') return { keyword, text: latin1(data.subarray(keywordEnd + 1)) };
  if (type !== 'iTXt' || data[keywordEnd + 1] !== 0) return null;
  const languageEnd = data.indexOf(0, keywordEnd + 3);
  const translatedEnd = languageEnd < 0 ? -1 : data.indexOf(0, languageEnd + 1);
  return translatedEnd < 0 ? null : { keyword, text: new TextDecoder().decode(data.subarray(translatedEnd + 1)) };
}

/** ISO 8859-1, byte for byte (TextDecoder's `latin1` is Windows-1252). */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
