import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { connectStores } from './api/connect-stores.ts';
import { connectTheme } from './api/theme.ts';
import { useSettings } from './stores/settings.ts';
import './styles/index.css';

async function start(root: HTMLElement): Promise<void> {
  // Settings first: a window that opens dark and turns light hurts the eyes.
  await connectStores();
  connectTheme();
  if (useSettings.getState().info?.testing) document.documentElement.dataset.still = '';
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root) void start(root);
