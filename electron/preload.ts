import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { type Answer, callChannel, eventChannel } from './ipc/channels.ts';
import type { AppApi } from './ipc/contract.ts';

const api: AppApi = {
  async call(name, ...parameter) {
    const answer: Answer = await ipcRenderer.invoke(callChannel(name), ...parameter);
    if (!answer.ok) throw new Error(answer.message);
    return answer.value as never;
  },
  on(name, listener) {
    // The event object leads to Electron's sender; the page gets the payload alone.
    const receive = (_event: unknown, payload: unknown) => listener(payload as never);
    ipcRenderer.on(eventChannel(name), receive);
    return () => ipcRenderer.off(eventChannel(name), receive);
  },
  pathOf: (file) => webUtils.getPathForFile(file),
};

contextBridge.exposeInMainWorld('app', api);
