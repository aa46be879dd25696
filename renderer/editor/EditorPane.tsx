/** The canvas. */
export function EditorPane() {
  return <div className="h-full bg-canvas" />;
}
