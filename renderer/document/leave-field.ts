/** Ends typing, so that what stands in a field is what the document holds before it is saved or run. */
export function leaveField(): void {
  const { activeElement } = document;
  if (activeElement instanceof HTMLInputElement || activeElement instanceof HTMLTextAreaElement) activeElement.blur();
}
