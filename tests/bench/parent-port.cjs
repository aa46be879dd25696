// Loaded before the engine's bundle: a Node child's channel in the form of Electron's parent port.
process.parentPort = {
  postMessage: (message) => process.send(message),
  on: (_event, listener) => process.on('message', (data) => listener({ data })),
};
