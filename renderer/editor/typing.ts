/** Whether keys belong to what has the focus rather than to the canvas: a field that is typed into, a dialog, a menu. */
export function keysBelongTo(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return isTextField(target) || target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null;
}

/** Whether letters typed now would go into this element. */
export function isTextField(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'range', 'button'].includes(target.type);
  return target instanceof HTMLElement && target.isContentEditable;
}
