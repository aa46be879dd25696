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
  /** The family of models whose recommended settings are shown; null while they are not. */
  recommendedFamily: string | null;
  /** Path of the picture in the viewer; null while it is closed. */
  viewedPicture: string | null;
}

export const useUi = create<UiState>()(() => ({
  theme: 'dark',
  sidePanel: 'memory',
  sidePanelOpen: true,
  settingsOpen: false,
  recommendedFamily: null,
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

/** Shows what is recommended for a family of models, by its id; null closes it. */
export function showRecommended(recommendedFamily: string | null): void {
  useUi.setState({ recommendedFamily });
}

/** Shows a picture large, by its path; null closes the viewer. */
export function viewPicture(viewedPicture: string | null): void {
  useUi.setState({ viewedPicture });
}
