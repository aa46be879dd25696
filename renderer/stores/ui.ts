import { create } from 'zustand';

export const SIDE_PANELS = ['memory', 'queue', 'results', 'models', 'log'] as const;
export type SidePanel = (typeof SIDE_PANELS)[number];
export type Theme = 'dark' | 'light';

interface UiState {
  /** The theme in force: what the settings say, with "system" resolved. */
  theme: Theme;
  sidePanel: SidePanel;
  sidePanelOpen: boolean;
  settingsOpen: boolean;
  /** Path of the picture in the viewer; null while it is closed. */
  viewedPicture: string | null;
}

export const useUi = create<UiState>()(() => ({
  theme: 'dark',
  sidePanel: 'memory',
  sidePanelOpen: true,
  settingsOpen: false,
  viewedPicture: null,
}));

export function setTheme(theme: Theme): void {
  useUi.setState({ theme });
}

/** Opens the side panel on one of its tabs. */
export function showSidePanel(sidePanel: SidePanel): void {
  useUi.setState({ sidePanel, sidePanelOpen: true });
}

export function setSidePanelOpen(sidePanelOpen: boolean): void {
  useUi.setState({ sidePanelOpen });
}

export function setSettingsOpen(settingsOpen: boolean): void {
  useUi.setState({ settingsOpen });
}

/** Shows a picture large, by its path; null closes the viewer. */
export function viewPicture(viewedPicture: string | null): void {
  useUi.setState({ viewedPicture });
}
