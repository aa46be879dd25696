const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

/** Why a file cannot be read, in words: what the system says of the usual causes is made for programmers. */
export function fileProblem(path: string, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return `${path} cannot be read: ${REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause))}.`;
}
