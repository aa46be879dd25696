import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { connectAppearance } from './api/appearance.ts';
import { connectCommands } from './api/connect-commands.ts';
import { connectStores } from './api/connect-stores.ts';
import { connectDefects } from './api/defects.ts';
import { connectNotifications } from './api/notifications.ts';
import './styles/index.css';

async function start(root: HTMLElement): Promise<void> {
  connectDefects();
  connectCommands();
  connectNotifications();
  // Settings first: a window that opens dark and turns light hurts the eyes.
  await connectStores();
  connectAppearance();
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root) void start(root);
