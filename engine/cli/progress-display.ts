const BAR_WIDTH = 24;
/** Between two lines where there is no terminal to draw a bar on. */
const LINE_INTERVAL_MS = 2000;

/** Shows how far a run is, and makes way for other output. */
export interface ProgressDisplay {
  show(nodeId: string, fraction: number, detail: string): void;
  /** Takes the bar away; the next `show` draws it again. */
  clear(): void;
}

/** A bar that is drawn over itself on a terminal; on anything else a line now and then. */
export function progressDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  return stream.isTTY ? bar(stream) : lines(stream);
}

function bar(stream: NodeJS.WriteStream): ProgressDisplay {
  let isShown = false;
  return {
    show(nodeId, fraction, detail) {
      const filled = Math.round(fraction * BAR_WIDTH);
      const drawn = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
      const line = `${nodeId}  ${drawn} ${String(Math.round(fraction * 100)).padStart(3)} %  ${detail}`;
      stream.write(`\r\u001b[K${[...line].slice(0, stream.columns - 1).join('')}`);
      isShown = true;
    },
    clear() {
      if (isShown) stream.write('\r\u001b[K');
      isShown = false;
    },
  };
}

function lines(stream: NodeJS.WriteStream): ProgressDisplay {
  let lastNode = '';
  let lastTime = Number.NEGATIVE_INFINITY;
  return {
    show(nodeId, fraction, detail) {
      const now = performance.now();
      if (nodeId === lastNode && now - lastTime < LINE_INTERVAL_MS) return;
      [lastNode, lastTime] = [nodeId, now];
      stream.write(`${nodeId}: ${Math.round(fraction * 100)} %, ${detail}\n`);
    },
    clear: () => {},
  };
}
